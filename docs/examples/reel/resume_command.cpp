#include "resume_command.hpp"

#include <fstream>
#include <iterator>

namespace tool {
namespace {

/// The argument in single quotes, unless it has only characters without a meaning for a shell.
std::string quoted(const std::string& argument) {
  constexpr const char* plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:=,+@%";
  if (!argument.empty() && argument.find_first_not_of(plain) == std::string::npos) return argument;
  std::string text = "'";
  for (const char c : argument) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

std::string command_line_without(const std::string& without) {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string arguments(std::istreambuf_iterator<char>(file), {});
  std::string line;
  for (std::size_t at = 0; at < arguments.size();) {
    const std::string argument = arguments.c_str() + at;
    at += argument.size() + 1;
    if (argument != without) line += (line.empty() ? "" : " ") + quoted(argument);
  }
  return line;
}

}  // namespace tool
