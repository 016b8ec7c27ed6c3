#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace tool {

enum class Stream { out, error };

[[nodiscard]] bool is_terminal(Stream stream);
/// Returns the width in columns, or 0 if the stream is not a terminal.
[[nodiscard]] std::size_t terminal_columns(Stream stream);
/// Returns the height in lines, or 0 if the stream is not a terminal.
[[nodiscard]] std::size_t terminal_lines(Stream stream);

/// Replaces the current line of standard error, which must be a terminal. The line must be printable.
void show_in_place(const std::string& line);

/// Makes the first Ctrl-C request a stop instead of ending the program. A second one ends it.
void catch_interrupts();
[[nodiscard]] bool interrupted();

/// Returns whether standard output is a pipe or terminal whose other end is closed.
[[nodiscard]] bool is_output_closed();
/// Discards everything that is still written to standard output, and clears its failure.
void discard_output();

/// Waits for at most `timeout`, less if `interrupted()`, if `is_output_closed()`, or if `end_waits` is called. Only
/// after `catch_interrupts`.
void wait_for_interrupt(std::chrono::milliseconds timeout);
/// Ends this and all later waits.
void end_waits();
/// Writes a line to standard error. Unlike the stream, from any thread. The line must be printable.
void report_line(const std::string& line);

}  // namespace tool
