#include <csignal>
#include <exception>
#include <iostream>

#include <emulator/command_line.hpp>
#include <emulator/emulator.hpp>
#include <emulator/server/knobs.hpp>
#include <reel/driver/file/descriptor.hpp>

int main(int argc, char** argv) try {
  using namespace reel::emulator;
  reel::driver::occupy_standard_descriptors();
  const std::optional<CommandLine> line = read_command_line(argc, argv);
  if (!line) return 0;

  // Blocked before the first thread starts: threads inherit the mask, so only sigwait() below receives the signals.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  Emulator server{line->config};
  Knobs& knobs = server.app().knobs();
  knobs.seed(line->seed);
  knobs.latency(line->least_latency, line->most_latency);
  for (const FaultRule& fault : line->faults) knobs.add(fault);
  server.start();
  if (line->config.races) std::cerr << "reel-appwrite-emulator: races with seed " << *line->config.races << '\n';
  std::cout << "listening on " << server.url() << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  server.stop();
  return 0;
} catch (const std::exception& error) {
  std::cerr << "reel-appwrite-emulator: " << error.what() << '\n';
  return 2;
}
