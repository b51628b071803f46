#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "cli/error.h"
#include "cli/low_priority.h"
#include "cli/work_aside.h"
#include "unit/cli_support.h"

namespace holmes::cli {
namespace {

// In a child: it cannot be undone.
template <typename Check>
int in_child(Check check) {
  const pid_t child = fork();
  if (child == 0) _exit(check() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(LowPriority, ThisProcessGoesFirstWhenMemoryRunsOut) {
  EXPECT_EQ(in_child([] {
              lower_priority();
              return slurp("/proc/self/oom_score_adj") == "1000\n";
            }),
            0);
}

TEST(LowPriority, OthersRunFirst) {
  EXPECT_EQ(in_child([] {
              lower_priority();
              rlimit core = {};
              getrlimit(RLIMIT_CORE, &core);
              return getpriority(PRIO_PROCESS, 0) >= 10 && sched_getscheduler(0) == SCHED_BATCH &&
                     core.rlim_cur == 0 && core.rlim_max == 0;
            }),
            0);
}

TEST(LowPriority, AfterSecondsOfWorkItStepsBackFurther) {
  EXPECT_EQ(in_child([] {
              sigset_t all;
              sigfillset(&all);
              sigprocmask(SIG_BLOCK, &all, nullptr);  // as the monitor's children start
              lower_priority();
              timespec used = {};
              while (used.tv_sec < 4 && getpriority(PRIO_PROCESS, 0) != 19) {
                clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
              }
              return getpriority(PRIO_PROCESS, 0) == 19 && used.tv_sec >= 1;
            }),
            0);
}

TEST(LowPriority, ANicerCallerStaysNicer) {
  EXPECT_EQ(in_child([] {
              setpriority(PRIO_PROCESS, 0, 15);
              lower_priority();
              return getpriority(PRIO_PROCESS, 0) == 15;
            }),
            0);
}

TEST(LowPriority, ARealTimeCallerLeavesThatPolicy) {
  constexpr int kNotAllowed = 2;
  const int code = in_child([] {
    sched_param lowest = {};
    lowest.sched_priority = 1;
    if (sched_setscheduler(0, SCHED_FIFO, &lowest) != 0) _exit(kNotAllowed);
    lower_priority();
    const auto made = in_idle_time([] { return Texts{std::to_string(sched_getscheduler(0))}; },
                                   std::chrono::minutes(1));
    return sched_getscheduler(0) == SCHED_BATCH && getpriority(PRIO_PROCESS, 0) >= 10 &&
           made == Texts{std::to_string(SCHED_IDLE)};
  });
  if (code == kNotAllowed) GTEST_SKIP() << "no real-time policy here";
  EXPECT_EQ(code, 0);
}

TEST(IdleTime, TheWorkIsDoneInAChildThatYieldsToAll) {
  const pid_t self = getpid();
  const auto made = in_idle_time(
      [&] {
        const bool out_of_the_way = getpid() != self && sched_getscheduler(0) == SCHED_IDLE;
        return Texts{out_of_the_way ? "idle" : "busy", "", std::string(200'000, '\0')};
      },
      std::chrono::minutes(1));
  EXPECT_EQ(made, (Texts{"idle", "", std::string(200'000, '\0')}));
}

TEST(IdleTime, WorkThatGetsNoTimeIsGivenUp) {
  EXPECT_EQ(in_idle_time(
                [] {
                  for (;;) pause();
                  return Texts{"never"};
                },
                std::chrono::milliseconds(50)),
            std::nullopt);
  EXPECT_EQ(waitpid(-1, nullptr, 0), -1) << "no child is left";
}

TEST(IdleTime, WorkThatFailsHasNoResult) {
  const auto minute = std::chrono::minutes(1);
  EXPECT_EQ(in_idle_time([]() -> Texts { throw Error("no"); }, minute), std::nullopt);
  EXPECT_EQ(in_idle_time([]() -> Texts { abort(); }, minute), std::nullopt);
}

}  // namespace
TEST(OwnSession, GivesBackWhatWasMadeInAnother) {
  const auto made =
      in_own_session([] { return Texts{std::to_string(getsid(0))}; }, std::chrono::minutes(1));
  ASSERT_TRUE(made);
  EXPECT_NE(made->at(0), std::to_string(getsid(0)));
}

}  // namespace holmes::cli
