#pragma once

#include <cstddef>
#include <string>

namespace tool {

enum class Stream { out, error };

[[nodiscard]] bool is_terminal(Stream stream);
/// Returns the width in columns, or 0 if the stream is not a terminal.
[[nodiscard]] std::size_t terminal_columns(Stream stream);

/// Replaces the current line of standard error, which must be a terminal. The line must be printable.
void show_in_place(const std::string& line);

/// Makes the first Ctrl-C request a stop instead of ending the program. A second one ends it.
void catch_interrupts();
[[nodiscard]] bool interrupted();

}  // namespace tool
