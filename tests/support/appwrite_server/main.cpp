#include <csignal>
#include <iostream>

#include "support/appwrite_server/appwrite_server.hpp"
#include "support/appwrite_server/command_line.hpp"

int main(int argc, char** argv) try {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  appwrite_server::AppwriteServer server{appwrite_server::read_command_line(argc, argv)};
  server.start();
  std::cout << "listening on " << server.url() << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  server.stop();
  return 0;
} catch (const std::exception& error) {
  std::cerr << "reel-appwrite-server: " << error.what() << '\n';
  return 2;
}
