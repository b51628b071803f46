#include "output/log.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <regex>
#include <set>
#include <thread>

#include "output/decision_line.h"
#include "output/utc_time.h"
#include "output_support.h"

namespace holmes {
namespace {

using test::lines_of;
using test::TempDir;

Logger::Settings to_file(const std::string& path, uint64_t rotate_bytes = Logger::kRotateBytes) {
  Logger::Settings settings;
  settings.target = LogTarget::file;
  settings.file = std::string_view(path);
  settings.comm = std::string_view("redis-server");
  settings.rotate_bytes = rotate_bytes;
  return settings;
}

Logger logger_to(const std::string& path, uint64_t rotate_bytes = Logger::kRotateBytes) {
  Logger logger;
  logger.configure(to_file(path, rotate_bytes));
  return logger;
}

TEST(Log, a_line_is_as_in_the_contract) {
  const TempDir dir;
  const std::string path = dir / "holmes.log";
  Logger logger = logger_to(path);
  TextBuffer<32> before, after;
  print_log_time(realtime_us(), before);
  logger.line(LogLevel::info, "hello");
  print_log_time(realtime_us(), after);
  const std::string text = test::read_text(path);
  EXPECT_EQ(text.substr(23), " [holmes] redis-server[" + std::to_string(getpid()) + "] hello\n");
  EXPECT_GE(text.substr(0, 23), before.view());
  EXPECT_LE(text.substr(0, 23), after.view());
  struct stat info = {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
}

TEST(Log, levels_and_the_target_none_are_respected) {
  const TempDir dir;
  const std::string path = dir / "holmes.log";
  Logger logger = logger_to(path);
  logger.line(LogLevel::debug, "no");
  EXPECT_FALSE(std::filesystem::exists(path));
  logger.line(LogLevel::warn, "yes");
  EXPECT_EQ(lines_of(test::read_text(path)).size(), 1u);
  Logger::Settings none = to_file(path);
  none.target = LogTarget::none;
  logger.configure(none);
  EXPECT_FALSE(logger.wants(LogLevel::error));
  logger.line(LogLevel::error, "no");
  EXPECT_EQ(lines_of(test::read_text(path)).size(), 1u);
  Logger unconfigured;
  unconfigured.line(LogLevel::error, "nowhere");
  EXPECT_EQ(unconfigured.error(), 0);
}

TEST(Log, one_message_is_one_line_whatever_it_holds) {
  const TempDir dir;
  const std::string path = dir / "holmes.log";
  Logger logger = logger_to(path);
  logger.line(LogLevel::info, "a\nforged\r\x1b[31m\x7f \xC3\xA4");
  logger.line(LogLevel::info, std::string(20000, 'x'));
  const auto lines = lines_of(test::read_text(path));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(lines[0].ends_with("] a?forged??[31m? \xC3\xA4")) << lines[0];
  EXPECT_EQ(lines[1].size(), Logger::kMaxLine - 1);
  EXPECT_TRUE(lines[1].ends_with("xxx..."));
}

TEST(Log, a_planted_name_gets_no_line) {
  const TempDir dir;
  test::write_text(dir / "victim", "precious");
  std::filesystem::create_symlink(dir / "victim", dir / "link");
  ASSERT_EQ(mkfifo((dir / "fifo").c_str(), 0600), 0);
  std::filesystem::create_directory(dir / "folder");
  test::write_text(dir / "first-name", "");
  std::filesystem::create_hard_link(dir / "first-name", dir / "second-name");
  const std::pair<const char*, int> cases[] = {
      {"link", ELOOP}, {"fifo", ENXIO}, {"folder", EISDIR}, {"second-name", EPERM}};
  for (const auto& [name, error] : cases) {
    Logger logger = logger_to(dir / name);
    logger.line(LogLevel::error, "x");
    EXPECT_EQ(logger.error(), error) << name;
  }
  EXPECT_EQ(test::read_text(dir / "victim"), "precious");
  EXPECT_EQ(test::read_text(dir / "first-name"), "");

  SKIP_UNLESS_ROOT();
  test::write_text(dir / "theirs", "");
  ASSERT_EQ(chown((dir / "theirs").c_str(), 12345, 12345), 0);
  Logger logger = logger_to(dir / "theirs");
  logger.line(LogLevel::error, "x");
  EXPECT_EQ(logger.error(), EPERM);
}

TEST(Log, an_error_is_silent_and_not_tried_again_at_once) {
  const TempDir dir;
  Logger logger = logger_to(dir / "missing/holmes.log");
  logger.line(LogLevel::info, "lost");
  EXPECT_EQ(logger.error(), ENOENT);
  std::filesystem::create_directory(dir / "missing");
  logger.line(LogLevel::info, "too early");
  EXPECT_TRUE(std::filesystem::is_empty(dir / "missing"));
  logger.configure(to_file(dir / "missing/holmes.log"));
  logger.line(LogLevel::info, "after a new configuration");
  EXPECT_EQ(lines_of(test::read_text(dir / "missing/holmes.log")).size(), 1u);
  EXPECT_EQ(logger.error(), 0);
}

TEST(Log, a_fork_child_logs_under_its_own_pid) {
  const TempDir dir;
  Logger logger = logger_to(dir / "holmes.log");
  const pid_t child = fork();
  if (child == 0) {
    logger.line(LogLevel::info, "child");
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  EXPECT_NE(test::read_text(dir / "holmes.log").find("[" + std::to_string(child) + "] child"),
            std::string::npos);
}

TEST(Log, is_rotated_at_its_limit_and_keeps_one_old_file) {
  const TempDir dir;
  const std::string path = dir / "holmes.log";
  Logger logger = logger_to(path, 1000);
  for (int i = 0; i < 100; ++i) logger.line(LogLevel::info, "line " + std::to_string(i));
  EXPECT_EQ(dir.names(), (std::vector<std::string>{"holmes.log", "holmes.log.1"}));
  const auto old = lines_of(test::read_text(path + ".1"));
  const auto now = lines_of(test::read_text(path));
  EXPECT_GE(std::filesystem::file_size(path + ".1"), 1000u);
  EXPECT_LE(std::filesystem::file_size(path + ".1"), 1100u);
  EXPECT_TRUE(now.back().ends_with("line 99"));
  // Nothing is missing between the two.
  const auto number = [](const std::string& line) {
    return std::stoi(line.substr(line.rfind(' ')));
  };
  EXPECT_EQ(number(old.back()) + 1, number(now.front()));
}

TEST(Log, rotation_replaces_a_link_at_the_old_name_instead_of_following_it) {
  const TempDir dir;
  test::write_text(dir / "victim", "precious");
  std::filesystem::create_symlink(dir / "victim", dir / "holmes.log.1");
  Logger logger = logger_to(dir / "holmes.log", 10);
  logger.line(LogLevel::info, "one");
  logger.line(LogLevel::info, "two");
  EXPECT_EQ(test::read_text(dir / "victim"), "precious");
  EXPECT_FALSE(std::filesystem::is_symlink(dir / "holmes.log.1"));
}

// Writers that start together; the limit is met once in the middle, by whoever comes first.
TEST(Log, processes_that_rotate_at_the_same_time_lose_no_line) {
  constexpr int kWriters = 4;
  constexpr int kLines = 400;
  for (int round = 0; round < 15; ++round) {
    const TempDir dir;
    const std::string path = dir / "holmes.log";
    int gate[2];
    ASSERT_EQ(pipe(gate), 0);
    std::vector<pid_t> children;
    for (int writer = 0; writer < kWriters; ++writer) {
      const pid_t child = fork();
      if (child == 0) {
        close(gate[1]);
        char wait;
        if (read(gate[0], &wait, 1) != 0) _exit(1);
        Logger logger = logger_to(path, 70 * kWriters * kLines / 2);
        int failed = 0;
        for (int i = 0; i < kLines; ++i) {
          logger.line(LogLevel::info, "w" + std::to_string(writer) + "." + std::to_string(i));
          failed |= logger.error();
        }
        _exit(failed == 0 ? 0 : 2);
      }
      children.push_back(child);
    }
    close(gate[0]);
    close(gate[1]);
    for (const pid_t child : children) {
      int status = 0;
      waitpid(child, &status, 0);
      ASSERT_EQ(status, 0);
    }
    ASSERT_EQ(dir.names(), (std::vector<std::string>{"holmes.log", "holmes.log.1"}));
    std::set<std::string> seen;
    for (const std::string& file : {path, path + ".1"}) {
      for (const auto& line : lines_of(test::read_text(file))) {
        EXPECT_TRUE(seen.insert(line.substr(line.rfind(' '))).second) << "twice: " << line;
      }
    }
    ASSERT_EQ(seen.size(), static_cast<size_t>(kWriters * kLines)) << "round " << round;
  }
}

TEST(Log, a_text_dump_is_copied_whole_in_pieces) {
  const TempDir dir;
  std::string text;
  for (int i = 0; i < 2000; ++i) text += std::to_string(i) + " @ 0x1234\n";
  text += "without an end";
  test::write_text(dir / "dump.txt", text);
  Logger logger = logger_to(dir / "holmes.log");
  logger.line(LogLevel::info, "first");
  std::string buffer(1000, '\0');
  logger.append_file((dir / "dump.txt").c_str(), buffer);
  const std::string log = test::read_text(dir / "holmes.log");
  EXPECT_EQ(log.substr(log.find('\n') + 1), text);
  logger.append_file((dir / "missing.txt").c_str(), buffer);
  EXPECT_EQ(test::read_text(dir / "holmes.log"), log);
}

// Runs `body` in a child whose standard error is `fd`.
template <typename Body>
int with_standard_error(int fd, Body body) {
  const pid_t child = fork();
  if (child == 0) {
    dup2(fd, 2);
    _exit(body());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int log_one_line_to_standard_error() {
  Logger::Settings settings;
  settings.target = LogTarget::standard_error;
  Logger logger;
  logger.configure(settings);
  logger.line(LogLevel::info, "to standard error");
  return logger.error();
}

TEST(Log, standard_error_may_be_a_file_a_pipe_or_a_socket) {
  const TempDir dir;
  int pipes[2], sockets[2];
  ASSERT_EQ(pipe(pipes), 0);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
  const int file = open((dir / "err").c_str(), O_CREAT | O_RDWR | O_APPEND, 0600);
  for (const auto& [write_end, read_end] :
       {std::pair(pipes[1], pipes[0]), std::pair(sockets[1], sockets[0]), std::pair(file, file)}) {
    ASSERT_EQ(with_standard_error(write_end, log_one_line_to_standard_error), 0);
    if (read_end == file) lseek(file, 0, SEEK_SET);
    char buffer[256];
    const ssize_t bytes = read(read_end, buffer, sizeof buffer);
    ASSERT_GT(bytes, 0);
    EXPECT_TRUE(std::string_view(buffer, static_cast<size_t>(bytes)).ends_with("standard error\n"));
  }
  for (const int fd : {pipes[0], pipes[1], sockets[0], sockets[1], file}) close(fd);
}

TEST(Log, a_thread_with_a_descriptor_table_of_its_own_reaches_the_hosts_standard_error) {
  int pipes[2];
  ASSERT_EQ(pipe(pipes), 0);
  const int code = with_standard_error(pipes[1], [] {
    int error = -1;
    std::thread([&] {
      if (unshare(CLONE_FILES) != 0) return;
      for (int fd = 0; fd < 64; ++fd) close(fd);
      error = log_one_line_to_standard_error();
    }).join();
    return error;
  });
  EXPECT_EQ(code, 0);
  char buffer[256];
  const ssize_t bytes = read(pipes[0], buffer, sizeof buffer);
  ASSERT_GT(bytes, 0);
  close(pipes[0]);
  close(pipes[1]);
}

TEST(Log, a_broken_or_full_pipe_neither_kills_nor_stops_the_host) {
  int broken[2], full[2];
  ASSERT_EQ(pipe(broken), 0);
  close(broken[0]);
  EXPECT_EQ(with_standard_error(broken[1], log_one_line_to_standard_error), EPIPE);
  ASSERT_EQ(pipe(full), 0);
  fcntl(full[1], F_SETFL, O_NONBLOCK);
  const std::string block(4096, 'x');
  while (write(full[1], block.data(), block.size()) > 0) {
  }
  fcntl(full[1], F_SETFL, 0);
  EXPECT_EQ(with_standard_error(full[1], log_one_line_to_standard_error), EAGAIN);
  close(broken[1]);
  close(full[0]);
  close(full[1]);
}

TEST(DecisionLine, is_spelled_as_in_the_contract) {
  Ring history;
  for (int i = 0; i < 9; ++i) history.push(8);
  history.push(1013);
  const Rule rule = {10, 25, 100, 0};
  const Decision decision = {Kind::thread, &rule, &history, "abs"};
  const std::string_view files[] = {"/tmp/e.threads.pb.gz", "/tmp/e.json"};
  TextBuffer<512> line;
  print_dump_line(decision, files, line);
  EXPECT_EQ(line.view(),
            "pprof thread, config_min : 10, config_diff : 25, config_abs : 100, config_max : 0, "
            "previous : [8 8 8 8 8 8 8 8 8 1013], current : 1013, reason : abs, "
            "file : /tmp/e.threads.pb.gz,/tmp/e.json");
}

TEST(DecisionLine, says_why_there_is_no_dump) {
  Ring history;
  history.push(12.345);
  const Rule rule = {10.5, 25, 70, 90};
  const Decision decision = {Kind::cpu, &rule, &history, "cooldown"};
  TextBuffer<512> line;
  print_nodump_line(decision, line);
  EXPECT_EQ(line.view(),
            "NODUMP cpu, config_min : 10.5, config_diff : 25, config_abs : 70, config_max : 90, "
            "previous : [12.35], current : 12.35, reason : cooldown");
}

}  // namespace
}  // namespace holmes
