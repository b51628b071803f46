// fibers_boost TURNS: a hundred boost.context fibers on stacks of 16 KiB take turns; in each turn
// one allocates, throws through frames of its own and catches. Prints the sum of what they made.
#include <boost/context/fiber.hpp>
#include <boost/context/fixedsize_stack.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace context = boost::context;

[[gnu::noinline]] long deeper(int depth, long value) {
  if (depth == 0) throw std::runtime_error(std::to_string(value));
  return deeper(depth - 1, value + depth) + 1;
}

[[gnu::noinline]] long boost_fiber_work(long number, long turn) {
  const std::unique_ptr<char[]> block(new char[20'000]);
  for (int i = 0; i < 20'000; ++i)
    block[static_cast<size_t>(i)] = static_cast<char>(i * number + turn);
  try {
    return deeper(10, number);
  } catch (const std::runtime_error& error) {
    return std::strtol(error.what(), nullptr, 10) + block[77];
  }
}

int main(int argc, char** argv) {
  const long turns = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 1000;
  long sum = 0;
  std::vector<context::fiber> fibers;
  for (long number = 0; number < 100; ++number) {
    fibers.emplace_back(std::allocator_arg, context::fixedsize_stack(16384),
                        [number, turns, &sum](context::fiber&& back) {
                          for (long turn = 0; turn < turns; ++turn) {
                            sum += boost_fiber_work(number, turn);
                            back = std::move(back).resume();
                          }
                          return std::move(back);
                        });
  }
  for (long turn = 0; turn <= turns; ++turn) {
    for (context::fiber& fiber : fibers) {
      if (fiber) fiber = std::move(fiber).resume();
    }
  }
  std::printf("%ld\n", sum);
  return sum % 7 == 0 ? 3 : 4;
}
