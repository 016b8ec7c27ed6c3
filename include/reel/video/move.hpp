#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <reel/repository.hpp>
#include <reel/video/event.hpp>
#include <reel/video/excerpt.hpp>
#include <reel/video/row_view.hpp>
#include <reel/video/rows.hpp>
#include <reel/video/states.hpp>

namespace reel::video {

/// Who makes a move and why, for the history.
struct Mover {
  std::string worker{};                   ///< the name of the worker; empty: unknown
  std::optional<std::int64_t> attempt{};  ///< its attempt, from 1
  std::string message{};                  ///< a reason; empty: none
};

namespace detail {

/// Runs `call(rows)` with the view that every store has. If a record has a name of a state that the enum lacks, runs it
/// with the view that reads any name, where the store has it.
template <class Row, class AnyRow, class Backend, class F>
auto tolerantly(const RowView<Row, Backend>& rows, F&& call) {
  try {
    return call(rows.get());
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) throw;
    try {
      return call(Repository<AnyRow, Backend>(rows.get().backend()));
    } catch (const Error& other) {
      if (other.code() == Errc::conflict && other.operation() != "update_status") throw error;
      throw;
    }
  }
}

/// For an error of a move.
template <class Row>
[[nodiscard]] ErrorContext context_of_move(const Id<Row>& id) {
  return {.operation = "update_status", .collection = schema_of<Row>().id, .id = id.str()};
}

/// Throws `conflict` if the row may not move to `to`.
template <class Row, class Status>
void check_move(const Record<Row>& row, Status to) {
  const Status now = status_in(row.value);
  if (can_move(now, to)) return;
  throw illegal_move(name_in(row.value.status), now, to).within(context_of_move(row.id));
}

/// A moved row and the state that it had before.
template <class Row>
struct Moved {
  Record<Row> row{};   ///< as stored
  std::string from{};  ///< the name of the state before
};

/// Moves the row to `to` in one write, conditional on the version in which the move was found to be legal. `allows` may
/// throw to refuse that version, and `fill(patch, row)` adds attributes.
///
/// Throws `conflict` for an illegal move and `not_found` if the row does not exist.
template <class Row, class Status, class Backend, class Allows, class Fill>
[[nodiscard]] Moved<Row> move_row(const Repository<Row, Backend>& rows, Id<Row> id, Status to, Allows&& allows,
                                  Fill&& fill) {
  const auto move_once = [&](int) -> std::optional<Moved<Row>> {
    const Record<Row> seen = rows.get(id);
    allows(seen);
    check_move(seen, to);
    Patch<Row> patch;
    if constexpr (std::is_same_v<decltype(Row::status), std::optional<Status>>) {
      patch.set(field<&Row::status>, to);
    } else {
      patch.set(field<&Row::status>, std::string(enum_name(to)));
    }
    patch.set(field<&Row::updated_at>, now());
    fill(patch, seen.value);
    return unless_conflict([&]() -> Moved<Row> {
      return {rows.update(id, std::move(patch), {.if_unchanged_since = seen.updated_at}), name_in(seen.value.status)};
    });
  };
  return retry_conflicts(move_once, [&] { return context_of_move(id); });
}

/// The event with its mover.
[[nodiscard]] inline Event event_by(Event event, const Mover& mover) {
  if (!mover.worker.empty()) event.worker = excerpt(mover.worker, static_cast<std::size_t>(worker_length), "~");
  event.attempt = mover.attempt;
  if (!mover.message.empty()) event.message = event_message(mover.message);
  return event;
}

/// Records a move that was made.
template <class Backend>
void record_event(const Repository<Event, Backend>& events, Event event, const Mover& mover) {
  events.create(event_by(std::move(event), mover));
}

}  // namespace detail
}  // namespace reel::video
