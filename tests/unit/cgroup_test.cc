// Limits from captured /proc text: a scenario's cgroup and mountinfo come from tests/data/cgroup,
// the limit files from the test itself.
#include "stats/cgroup.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "stats/stats.h"

namespace holmes {
namespace {

constexpr uint64_t kMiB = 1 << 20;
constexpr uint64_t kMachine = uint64_t{8000} * kMiB;
constexpr const char* kNoLimitV1 = "9223372036854771712\n";

class System {
 public:
  explicit System(const std::string& scenario) {
    file("/proc/meminfo", "MemTotal:        8192000 kB\nMemFree: 1 kB\n");
    file("/proc/self/cgroup", captured(scenario, "cgroup"));
    file("/proc/self/mountinfo", captured(scenario, "mountinfo"));
  }
  System& file(const std::string& path, const std::string& text) {
    files_[path] = text;
    return *this;
  }
  System& without(const std::string& path) {
    files_.erase(path);
    return *this;
  }
  const std::string& text(const std::string& path) { return files_.at(path); }
  Limits limits(uint32_t affinity = 8, bool use_cgroup = true) {
    return find_limits({&System::read, this}, affinity, use_cgroup);
  }
  std::string group() { return std::string(own_cgroup({&System::read, this}).view()); }

 private:
  static std::string captured(const std::string& scenario, const std::string& name) {
    std::ifstream file(TEST_DATA "/cgroup/" + scenario + "/" + name);
    EXPECT_TRUE(file) << scenario << "/" << name;
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  static long read(void* context, const char* path, std::span<char> buffer) {
    const auto& files = static_cast<System*>(context)->files_;
    const auto found = files.find(path);
    if (found == files.end()) return -ENOENT;
    const size_t size = std::min(buffer.size(), found->second.size());
    memcpy(buffer.data(), found->second.data(), size);
    return static_cast<long>(size);
  }
  std::map<std::string, std::string> files_;
};

void expect_machine_alone(const Limits& limits) {
  EXPECT_EQ(limits.memory_bytes, kMachine);
  EXPECT_EQ(limits.cpu_cores, 8);
  EXPECT_TRUE(limits.memory_cgroup.empty()) << limits.memory_cgroup.view();
  EXPECT_TRUE(limits.cpu_cgroup.empty()) << limits.cpu_cgroup.view();
}

TEST(Limits, WithoutGroupLimitsAreTheMachines) {
  for (const char* scenario : {"v1", "v2", "hybrid", "v2_nested", "docker_v1", "docker_v2",
                               "docker_v2_host_mount", "kubernetes_v1", "moved_out", "escaped"}) {
    SCOPED_TRACE(scenario);
    expect_machine_alone(System(scenario).limits());
  }
}

TEST(Limits, OfV1AreReadFromTheGroup) {
  System system("v1");
  system.file("/sys/fs/cgroup/memory/shop/orders/memory.limit_in_bytes", "268435456\n");
  system.file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n");
  system.file("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  const Limits limits = system.limits();
  EXPECT_EQ(limits.memory_bytes, 256 * kMiB);
  EXPECT_EQ(limits.memory_cgroup.view(), "/shop/orders");
  EXPECT_EQ(limits.cpu_cores, 0.5);
  EXPECT_EQ(limits.cpu_cgroup.view(), "/");
}

TEST(Limits, OfV1KnowTheWordsForNone) {
  System system("v1");
  system.file("/sys/fs/cgroup/memory/shop/orders/memory.limit_in_bytes", kNoLimitV1);
  system.file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  system.file("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  system.file("/sys/fs/cgroup/cpuset/cpuset.cpus", "\n");
  expect_machine_alone(system.limits());
}

TEST(Limits, OfV2AreReadFromTheGroup) {
  System system("v2");
  const std::string group = "/sys/fs/cgroup/system.slice/redis-server.service/";
  system.file(group + "memory.max", "536870912\n").file(group + "cpu.max", "150000 100000\n");
  const Limits limits = system.limits();
  EXPECT_EQ(limits.memory_bytes, 512 * kMiB);
  EXPECT_EQ(limits.cpu_cores, 1.5);
  EXPECT_EQ(limits.memory_cgroup.view(), "/system.slice/redis-server.service");
  EXPECT_EQ(limits.cpu_cgroup.view(), "/system.slice/redis-server.service");
}

TEST(Limits, OfV2KnowTheWordForNone) {
  System system("v2");
  const std::string group = "/sys/fs/cgroup/system.slice/redis-server.service/";
  system.file(group + "memory.max", "max\n").file(group + "cpu.max", "max 100000\n");
  expect_machine_alone(system.limits());
}

TEST(Limits, AreTheSmallestOnThePathToTheRoot) {
  System system("v2_nested");
  const std::string slices = "/sys/fs/cgroup/kubepods.slice/kubepods-burstable.slice/";
  const std::string pod =
      slices + "kubepods-burstable-pod3f0c7a52_9d43_4d6c_8c0e_5f1b2a7d9e10.slice/";
  const std::string leaf = pod + "cri-containerd-7c1e6b1f0c2a.scope/";
  system.file("/sys/fs/cgroup/kubepods.slice/memory.max", "4294967296\n");
  system.file(pod + "memory.max", "1073741824\n").file(leaf + "memory.max", "2147483648\n");
  system.file("/sys/fs/cgroup/kubepods.slice/cpu.max", "100000 100000\n");
  system.file(pod + "cpu.max", "max 100000\n").file(leaf + "cpu.max", "200000 100000\n");
  const Limits limits = system.limits();
  EXPECT_EQ(limits.memory_bytes, 1024 * kMiB);
  EXPECT_TRUE(
      limits.memory_cgroup.view().ends_with("pod3f0c7a52_9d43_4d6c_8c0e_5f1b2a7d9e10.slice"));
  EXPECT_EQ(limits.cpu_cores, 1);
  EXPECT_EQ(limits.cpu_cgroup.view(), "/kubepods.slice");
}

TEST(Limits, OfEqualGroupsNameTheInnermost) {
  System system("v2");
  system.file("/sys/fs/cgroup/system.slice/memory.max", "536870912\n");
  system.file("/sys/fs/cgroup/system.slice/redis-server.service/memory.max", "536870912\n");
  EXPECT_EQ(system.limits().memory_cgroup.view(), "/system.slice/redis-server.service");
}

TEST(Limits, BeyondTheMachineDoNotCount) {
  System system("v2");
  const std::string group = "/sys/fs/cgroup/system.slice/redis-server.service/";
  system.file(group + "memory.max", "99999999999\n").file(group + "cpu.max", "1600000 100000\n");
  expect_machine_alone(system.limits());
}

TEST(Limits, OfAHybridSystemComeFromV1) {
  System system("hybrid");
  const std::string below = "/system.slice/nginx.service/";
  system.file("/sys/fs/cgroup/memory" + below + "memory.limit_in_bytes", "134217728\n");
  system.file("/sys/fs/cgroup/memory/memory.limit_in_bytes", kNoLimitV1);
  system.file("/sys/fs/cgroup/cpu,cpuacct" + below + "cpu.cfs_quota_us", "25000\n");
  system.file("/sys/fs/cgroup/cpu,cpuacct" + below + "cpu.cfs_period_us", "50000\n");
  const Limits limits = system.limits();
  EXPECT_EQ(limits.memory_bytes, 128 * kMiB);
  EXPECT_EQ(limits.cpu_cores, 0.5);
  EXPECT_EQ(limits.memory_cgroup.view(), "/system.slice/nginx.service");
}

TEST(Limits, OfAHybridSystemMayComeFromBoth) {
  System system("hybrid");
  const std::string below = "/system.slice/nginx.service/";
  system.file("/sys/fs/cgroup/memory" + below + "memory.limit_in_bytes", "134217728\n");
  system.file("/sys/fs/cgroup/unified" + below + "memory.max", "67108864\n");
  EXPECT_EQ(system.limits().memory_bytes, 64 * kMiB);
}

TEST(Limits, InAV1ContainerWithoutANamespaceAreAtTheMountItself) {
  System system("docker_v1");
  system.file("/sys/fs/cgroup/memory/memory.limit_in_bytes", "268435456\n");
  system.file("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n");
  system.file("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  const Limits limits = system.limits();
  EXPECT_EQ(limits.memory_bytes, 256 * kMiB);
  EXPECT_EQ(limits.cpu_cores, 0.5);
  EXPECT_TRUE(limits.memory_cgroup.view().starts_with("/docker/4b825dc6"));
}

TEST(Limits, BelowAContainersMountAreFollowedUpToIt) {
  System system("kubernetes_v1");
  system.file("/sys/fs/cgroup/memory/worker/memory.limit_in_bytes", kNoLimitV1);
  system.file("/sys/fs/cgroup/memory/memory.limit_in_bytes", "268435456\n");
  system.file("/sys/fs/cgroup/cpu,cpuacct/worker/cpu.cfs_quota_us", "10000\n");
  system.file("/sys/fs/cgroup/cpu,cpuacct/worker/cpu.cfs_period_us", "100000\n");
  const Limits limits = system.limits();
  EXPECT_EQ(limits.memory_bytes, 256 * kMiB);
  EXPECT_TRUE(limits.memory_cgroup.view().ends_with("/7c1e6b1f0c2a"));
  EXPECT_EQ(limits.cpu_cores, 0.1);
  EXPECT_TRUE(limits.cpu_cgroup.view().ends_with("/7c1e6b1f0c2a/worker"));
}

TEST(Limits, InAV2ContainerWithANamespaceAreAtItsRoot) {
  System system("docker_v2");
  system.file("/sys/fs/cgroup/memory.max", "268435456\n");
  system.file("/sys/fs/cgroup/cpu.max", "50000 100000\n");
  const Limits limits = system.limits();
  EXPECT_EQ(limits.memory_bytes, 256 * kMiB);
  EXPECT_EQ(limits.cpu_cores, 0.5);
  EXPECT_EQ(limits.memory_cgroup.view(), "/");
}

TEST(Limits, OfAMountAboveTheNamespaceAreReadWhereItIs) {
  System system("docker_v2_host_mount");
  system.file("/sys/fs/cgroup/memory.max", "268435456\n");
  EXPECT_EQ(system.limits().memory_bytes, 256 * kMiB);
}

TEST(Limits, OfAProcessMovedOutOfTheMountAreTheMounts) {
  System system("moved_out");
  system.file("/sys/fs/cgroup/memory/memory.limit_in_bytes", "268435456\n");
  EXPECT_EQ(system.limits().memory_bytes, 256 * kMiB);
}

TEST(Limits, NeverLeaveTheMountByDots) {
  System system("docker_v2");
  system.file("/proc/self/cgroup", "0::/../other\n");
  system.file("/sys/fs/cgroup/../other/memory.max", "1048576\n");
  system.file("/sys/fs/cgroup/memory.max", "268435456\n");
  EXPECT_EQ(system.limits().memory_bytes, 256 * kMiB);
}

TEST(Limits, PathsAreUnescaped) {
  System system("escaped");
  system.file("/mnt/my groups/job a/memory.max", "67108864\n");
  const Limits limits = system.limits();
  EXPECT_EQ(limits.memory_bytes, 64 * kMiB);
  EXPECT_EQ(limits.memory_cgroup.view(), "/system.slice/system-job\\x2drunner.slice/job a");
}

TEST(Limits, PreferTheMountThatShowsMoreOfThePath) {
  System system("v2");
  system.file("/proc/self/mountinfo",
              "40 28 0:27 /other /mnt/other rw - cgroup2 cgroup2 rw\n"
              "41 28 0:27 /system.slice/redis-server.service /mnt/own rw - cgroup2 cgroup2 rw\n" +
                  system.text("/proc/self/mountinfo"));
  system.file("/mnt/other/memory.max", "1048576\n");
  system.file("/sys/fs/cgroup/system.slice/memory.max", "67108864\n");
  EXPECT_EQ(system.limits().memory_bytes, 64 * kMiB);
}

TEST(Limits, GroupNamesAreComparedWhole) {
  System system("v2");
  system.file("/proc/self/mountinfo",
              "40 28 0:27 /system /mnt/other rw - cgroup2 cgroup2 rw\n"
              "41 28 0:27 /system.slice /mnt/own rw - cgroup2 cgroup2 rw\n");
  system.file("/mnt/other/memory.max", "1048576\n");
  system.file("/mnt/own/redis-server.service/memory.max", "67108864\n");
  EXPECT_EQ(system.limits().memory_bytes, 64 * kMiB);
}

TEST(Limits, AreFoundInAVeryLongMountinfo) {
  System system("v2");
  std::string mounts;
  while (mounts.size() < 600'000) {
    mounts += "100 28 0:99 / /var/lib/volumes/" + std::string(60, 'v') + " rw - ext4 /dev/sdb rw\n";
  }
  system.file("/proc/self/mountinfo", mounts + system.text("/proc/self/mountinfo"));
  system.file("/sys/fs/cgroup/system.slice/memory.max", "67108864\n");
  EXPECT_EQ(system.limits().memory_bytes, 64 * kMiB);
}

TEST(Limits, CoresAreNoMoreThanTheAffinityAllows) {
  System system("v2");
  const std::string group = "/sys/fs/cgroup/system.slice/redis-server.service/";
  system.file(group + "cpu.max", "400000 100000\n");
  EXPECT_EQ(system.limits(8).cpu_cores, 4);
  EXPECT_EQ(system.limits(2).cpu_cores, 2);
  EXPECT_TRUE(system.limits(2).cpu_cgroup.empty());
  EXPECT_EQ(system.limits(0).cpu_cores, 1) << "a process runs on one at least";
}

TEST(Limits, CountTheCpuset) {
  System v1("v1");
  v1.file("/sys/fs/cgroup/cpuset/cpuset.cpus", "0-1,6\n");
  EXPECT_EQ(v1.limits().cpu_cores, 3);
  System v2("v2");
  v2.file("/sys/fs/cgroup/system.slice/cpuset.cpus.effective", "0-3\n");
  v2.file("/sys/fs/cgroup/system.slice/redis-server.service/cpuset.cpus.effective", "2\n");
  EXPECT_EQ(v2.limits().cpu_cores, 1);
}

TEST(Limits, GroupsAreIgnoredOnRequest) {
  System system("docker_v2");
  system.file("/sys/fs/cgroup/memory.max", "268435456\n");
  system.file("/sys/fs/cgroup/cpu.max", "50000 100000\n");
  expect_machine_alone(system.limits(8, false));
}

TEST(Limits, WhatCannotBeReadDoesNotLimit) {
  System system("v2");
  system.file("/sys/fs/cgroup/system.slice/memory.max", "67108864\n");
  system.without("/proc/meminfo");
  EXPECT_EQ(system.limits().memory_bytes, 64 * kMiB);
  system.without("/proc/self/mountinfo");
  EXPECT_EQ(system.limits().memory_bytes, 0u);
  system.without("/proc/self/cgroup");
  EXPECT_EQ(system.limits().cpu_cores, 8);
}

TEST(Limits, NonsenseDoesNotLimit) {
  System system("v2");
  const std::string group = "/sys/fs/cgroup/system.slice/redis-server.service/";
  for (const char* text :
       {"", "\n", "0\n", "-5\n", "lots\n", "1 2 3\n", "99999999999999999999\n"}) {
    system.file(group + "memory.max", text).file(group + "cpu.max", text);
    system.file(group + "cpuset.cpus.effective", "5-2\n");
    SCOPED_TRACE(text);
    expect_machine_alone(system.limits());
  }
  system.file(group + "cpu.max", "50000 0\n");
  expect_machine_alone(system.limits());
}

TEST(Limits, BrokenMountinfoIsSkipped) {
  System system("v2");
  for (const char* text : {"", "\n\n", "1 2 3", "- - - -", "1 2 3 / /x rw cgroup2 cgroup2 rw\n",
                           "1 2 3 / /x rw -\n", "1 2 3 \\04 \\0 rw - cgroup2 c rw\n"}) {
    system.file("/proc/self/mountinfo", text);
    SCOPED_TRACE(text);
    expect_machine_alone(system.limits());
  }
}

TEST(OwnGroup, IsTheV2Path) {
  EXPECT_EQ(System("v2").group(), "/system.slice/redis-server.service");
  EXPECT_EQ(System("docker_v2").group(), "/");
  EXPECT_EQ(System("hybrid").group(), "/system.slice/nginx.service");
}

TEST(OwnGroup, IsV1sMemoryPathWhereV2SaysNothing) {
  EXPECT_EQ(System("v1").group(), "/shop/orders");
  EXPECT_EQ(System("moved_out").group(), "/batch/night");
}

TEST(OwnGroup, IsEmptyWhereThereIsNone) {
  EXPECT_EQ(System("v2").without("/proc/self/cgroup").group(), "");
}

TEST(GroupOf, FindsAControllerAmongOthers) {
  const char* text = "9:cpu,cpuacct:/a\n5:memory:/b:c\n1:name=systemd:/d\n0::/e\n";
  EXPECT_EQ(group_of(text, "cpu"), "/a");
  EXPECT_EQ(group_of(text, "cpuacct"), "/a");
  EXPECT_EQ(group_of(text, "memory"), "/b:c");
  EXPECT_EQ(group_of(text, kUnified), "/e");
  EXPECT_EQ(group_of(text, "mem"), std::nullopt);
  EXPECT_EQ(group_of(text, "cpuset"), std::nullopt);
}

TEST(CpuList, CountsNumbersAndRanges) {
  EXPECT_EQ(count_cpu_list("0-3,8\n"), 5u);
  EXPECT_EQ(count_cpu_list("0"), 1u);
  EXPECT_EQ(count_cpu_list("0-255\n"), 256u);
  for (const char* text : {"", "\n", "a", "3-1", "-1", "0-", "1,,2", "0-99999999999"}) {
    EXPECT_LE(count_cpu_list(text), 1u) << text;
  }
  EXPECT_EQ(count_cpu_list("0-99999999999"), 0u);
}

// ---- The machine itself ------------------------------------------------------------------------

bool write_text(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY);
  if (fd < 0) return false;
  const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return written;
}

// A group of our own, removed at the end.
class RealGroup {
 public:
  explicit RealGroup(const std::string& hierarchy)
      : path_("/sys/fs/cgroup/" + hierarchy + "/holmes_test_" + std::to_string(getpid())) {
    made_ = mkdir(path_.c_str(), 0755) == 0;
  }
  ~RealGroup() {
    if (made_) rmdir(path_.c_str());
  }
  bool set(const std::string& file, const std::string& text) {
    return made_ && write_text(path_ + "/" + file, text);
  }
  // What find_limits says in a child that has moved into the group.
  Limits limits_of_child() {
    int pipe_ends[2];
    EXPECT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      const bool moved = write_text(path_ + "/cgroup.procs", "0");
      const Limits limits = find_limits(real_files(), affinity_cores(), true);
      const bool told = write(pipe_ends[1], &limits, sizeof limits) == sizeof limits;
      _exit(moved && told ? 0 : 1);
    }
    close(pipe_ends[1]);
    Limits limits;
    EXPECT_EQ(read(pipe_ends[0], &limits, sizeof limits), static_cast<ssize_t>(sizeof limits));
    close(pipe_ends[0]);
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0) << "the child could not move into the group";
    return limits;
  }
  std::string name() const { return path_.substr(path_.rfind('/')); }

 private:
  std::string path_;
  bool made_ = false;
};

TEST(RealLimits, OfAV1MemoryGroup) {
  RealGroup group("memory");
  if (!group.set("memory.limit_in_bytes", "268435456")) {
    GTEST_SKIP() << "no cgroup v1 memory group can be made here: " << strerror(errno);
  }
  const Limits limits = group.limits_of_child();
  EXPECT_EQ(limits.memory_bytes, 268435456u);
  EXPECT_EQ(limits.memory_cgroup.view(), group.name());
}

TEST(RealLimits, OfAV1CpuGroup) {
  RealGroup group("cpu");
  if (!group.set("cpu.cfs_period_us", "100000") || !group.set("cpu.cfs_quota_us", "50000")) {
    GTEST_SKIP() << "no cgroup v1 cpu group can be made here: " << strerror(errno);
  }
  const Limits limits = group.limits_of_child();
  EXPECT_EQ(limits.cpu_cores, 0.5);
  EXPECT_EQ(limits.cpu_cgroup.view(), group.name());
}

TEST(RealLimits, AreNeverNothing) {
  const Limits limits = find_limits(real_files(), affinity_cores(), true);
  EXPECT_GT(limits.memory_bytes, 0u);
  EXPECT_GT(limits.cpu_cores, 0);
}

}  // namespace
}  // namespace holmes
