#pragma once

// Catch2 3 has one header for everything, Catch2 2 is one header.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
