#include <emulator/replay/exceptions.hpp>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace reel::emulator::replay {

Exceptions read_exceptions(const std::filesystem::path& file) {
  std::ifstream in{file};
  if (!in) throw std::runtime_error{"cannot read '" + file.string() + "'"};
  Exceptions exceptions;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    std::istringstream words{line};
    std::string scenario;
    std::string reason;
    int step = 0;
    if (!(words >> scenario >> step) || !std::getline(words >> std::ws, reason)) {
      throw std::runtime_error{"cannot parse '" + file.string() +
                               "': expected `scenario step reason` in the line: " + line};
    }
    exceptions.emplace(StepName{scenario, step}, reason);
  }
  return exceptions;
}

}  // namespace reel::emulator::replay
