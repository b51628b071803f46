// A C++ library for plugin_host: it allocates, and throws through ten frames.
#include <cstdlib>
#include <new>
#include <stdexcept>

namespace {

[[gnu::noinline]] int deep(int depth) {
  if (depth == 0) throw std::runtime_error("thrown on purpose");
  const int result = deep(depth - 1);
  asm volatile("");  // keeps the frame: no tail call
  return result + 1;
}

}  // namespace

extern "C" void plugin_allocate(long count) {
  for (long i = 0; i < count; ++i) ::operator delete(::operator new(64));
}

extern "C" void plugin_throw(long count) {
  for (long i = 0; i < count; ++i) {
    try {
      deep(10);
      std::abort();
    } catch (const std::runtime_error&) {
    }
  }
}
