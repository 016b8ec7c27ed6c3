#pragma once

#include <cstddef>
#include <string>

namespace tool {

enum class Stream { out, error };

[[nodiscard]] bool is_terminal(Stream stream);
/// 0 if it is no terminal.
[[nodiscard]] std::size_t terminal_columns(Stream stream);

/// Replaces the current line of standard error, which is a terminal. The line is printable.
void show_in_place(const std::string& line);

/// From now on Ctrl-C asks to stop instead of ending the program; a second one ends it.
void catch_interrupts();
[[nodiscard]] bool interrupted();

}  // namespace tool
