#pragma once

#include <reel/blob_store.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/value.hpp>
#include <reel/error.hpp>
#include <reel/id.hpp>
#include <reel/migrate.hpp>
#include <reel/patch.hpp>
#include <reel/permission.hpp>
#include <reel/query.hpp>
#include <reel/repository.hpp>
#include <reel/schema.hpp>
#include <reel/text_rules.hpp>
#include <reel/timestamp.hpp>
