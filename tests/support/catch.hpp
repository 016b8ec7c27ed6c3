#pragma once

#include <catch2/catch.hpp>  // of Catch2 2.13
