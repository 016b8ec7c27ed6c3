#include <emulator/values/time.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <random>

namespace reel::emulator {

std::string write_time(Time time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  std::array<char, 48> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03d+00:00", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return out.data();
}

std::string random_hex(std::size_t digits) {
  thread_local std::mt19937_64 random{std::random_device{}()};
  std::string out;
  for (std::size_t i = 0; i < digits; ++i) out += "0123456789abcdef"[random() % 16];
  return out;
}

std::string make_id() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  const auto seconds = static_cast<unsigned long long>(microseconds / 1'000'000);
  const auto rest = static_cast<unsigned long long>(microseconds % 1'000'000);
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%08llx%05llx", seconds, rest);
  return std::string{out.data()}.substr(0, 13) + random_hex(7);
}

}  // namespace reel::emulator
