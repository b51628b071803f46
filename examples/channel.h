// A channel without a buffer: send() waits until somebody receives. For the examples that forget to
// receive, or to close.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

template <typename T>
class Channel {
 public:
  // Waits until a receiver has taken the value.
  void send(T value) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !value_; });
    value_ = std::move(value);
    changed_.notify_all();
    changed_.wait(lock, [this] { return !value_; });
  }

  // Waits for a value; nothing once the channel is closed.
  std::optional<T> receive() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return value_ || closed_; });
    std::optional<T> taken = std::exchange(value_, std::nullopt);
    changed_.notify_all();
    return taken;
  }

  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<T> value_;
  bool closed_ = false;
};
