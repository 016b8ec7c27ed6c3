#include <emulator/server/races.hpp>

namespace reel::emulator {
namespace {

/// The finalizer of SplitMix64 (Steele, Lea and Flood: Fast splittable pseudorandom number generators, 2014).
std::uint64_t mix(std::uint64_t bits) noexcept {
  bits += 0x9E3779B97F4A7C15;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
  return bits ^ (bits >> 31);
}

}  // namespace

std::uint64_t Races::draw(std::string_view what, std::uint64_t number, std::uint64_t turn) const noexcept {
  std::uint64_t state = mix(seed_.value_or(0));
  for (const char letter : what) state = mix(state ^ static_cast<unsigned char>(letter));
  return mix(mix(state ^ number) ^ turn);
}

}  // namespace reel::emulator
