#include <reel/backends/legacy/sanitise.hpp>

#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace sanitise_tests {

using reel::legacy::topic_guess;
using reel::legacy::topic_prefix;

TEST_CASE("a topic's folder name equals that of the pipeline", "[legacy]") {
  const std::vector<std::pair<std::string, std::string>> table{
      {"Pythagorean Theorem", "pythagorean_theorem"},
      {"Newton's Second Law", "newton_s_second_law"},
      {"Newton\u2019s Second Law", "newton_s_second_law"},
      {"Gauss's Law (E&M)", "gauss_s_law_e_m_"},
      {"  padded  ", "_padded_"},
      {"a _ b", "a___b"},
      {"a__b", "a__b"},
      {"Big O notation", "big_o_notation"},
      {"Big_O Notation", "big_o_notation"},
      {"big-o_notation", "big_o_notation"},
      {"C++ vs C#", "c_vs_c_"},
      {"../../etc", "_etc"},
      {"L'Hôpital's Rule", "l_h_pital_s_rule"},
      {"Thévenin's theorem", "th_venin_s_theorem"},
      {"Kullback–Leibler divergence", "kullback_leibler_divergence"},
      {"勾股定理", "_"},
      {"π", "_"},
      {"???", "_"},
      {"①", "_"},
      {"ओम का नियम", "_"},
      {"Định lý Pytago", "_nh_l_pytago"},
      {"İstanbul", "i_stanbul"},
      {"", ""},
      {"scene1", "scene1"},
      {"media", "media"},
      {"D erivative", "d_erivative"},
      {std::string(300, 'A'), std::string(300, 'a')},
      // the two letters that survive lower-casing in part
      {"\u212A", "k"},
      {"10 \u212Aelvin", "10_kelvin"},
      {"\u0130", "i_"},
      {"\u0130\u0130", "i_i_"},
      {"\u0130 x", "i_x"},
      {"x\u0130\u00E9y", "xi_y"},
      {"\u212B", "_"},
      {"\u2129", "_"},
      {"\u0131", "_"},
      {"\u0100", "_"},
      {"\u0370", "_"},
      // one run, one separator
      {"a b", "a_b"},
      {"a  b", "a_b"},
      {"a\tb\nc", "a_b_c"},
      {"a - b", "a_b"},
      {"a-_-b", "a___b"},
      {"_", "_"},
      {"__", "__"},
      {" _ ", "___"},
      {"_a_", "_a_"},
      {"é_é", "___"},
      {"éé", "_"},
      {"a\u00A0b", "a_b"},
      {"a\u3000b", "a_b"},
      {"e\u0301", "e_"},
      {"\U0001F600 joy", "_joy"},
      {"joy \U0001F600", "joy_"},
      {"x\U0001F600\U0001F601y", "x_y"},
      {"ＡＢＣ", "_"},
      {"²", "_"},
      {"١٢٣", "_"},
      {"E = mc^2", "e_mc_2"},
      {"a/b\\c", "a_b_c"},
      {".", "_"},
      {"..", "_"},
      {"CON", "con"},
      {"nul.txt", "nul_txt"},
      {"0", "0"},
      {"42nd Street", "42nd_street"},
      {"ALL CAPS", "all_caps"},
      {"MiXeD", "mixed"},
      {"ÀÉÎ", "_"},
      {"ẞ and ß", "_and_"},
      {"Ω (Ohm)", "_ohm_"},
      {"@[`{", "_"},
      {"/:;<", "_"},
      {"azAZ09", "azaz09"},
      {std::string("a\0b", 3), "a_b"},
      {"trailing ", "trailing_"},
      {" leading", "_leading"},
      {"my_scene2_v3", "my_scene2_v3"},
      {"Bayes' Theorem", "bayes_theorem"},
      {"Fourier series: part 1/2", "fourier_series_part_1_2"},
  };
  CHECK(table.size() >= 60);
  for (const auto& [topic, prefix] : table) {
    INFO(topic);
    CHECK(topic_prefix(topic) == prefix);
    CHECK(topic_prefix(prefix) == prefix);
  }
}

TEST_CASE("any bytes yield a folder name of a-z, 0-9 and _ that maps to itself", "[legacy]") {
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; ++second) {
      const std::string topic{static_cast<char>(first), static_cast<char>(second), 'x'};
      const std::string prefix = topic_prefix(topic);
      const bool clean = prefix.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
      if (!clean || topic_prefix(prefix) != prefix || !prefix.ends_with('x')) FAIL("bytes " << first << ' ' << second);
    }
  SUCCEED();
}

TEST_CASE("a title is guessed from a folder name", "[legacy]") {
  CHECK(topic_guess("pythagorean_theorem") == "Pythagorean Theorem");
  CHECK(topic_guess("newton_s_second_law") == "Newton's Second Law");
  CHECK(topic_guess("gauss_s_law_e_m_") == "Gauss's Law E M");
  CHECK(topic_guess("l_h_pital_s_rule") == "L H Pital's Rule");
  CHECK(topic_guess("_padded_") == "Padded");
  CHECK(topic_guess("a_s_s_b") == "A's S B");
  CHECK(topic_guess("42nd_street") == "42nd Street");
  CHECK(topic_guess("_") == "_");
  CHECK(topic_guess("") == "");
}

}  // namespace sanitise_tests
