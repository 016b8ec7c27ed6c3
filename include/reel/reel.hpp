#pragma once

/// Everything to define records, store them and ask for them: schemas, `Repository`, queries, `BlobStore`, errors.
/// Migration (`reel/migrate.hpp`, `reel/verify.hpp`) and JSON (`reel/json.hpp`) are included apart.

#include <reel/blob_store.hpp>
#include <reel/error.hpp>
#include <reel/id.hpp>
#include <reel/patch.hpp>
#include <reel/permission.hpp>
#include <reel/query.hpp>
#include <reel/repository.hpp>
#include <reel/schema.hpp>
#include <reel/text_rules.hpp>
#include <reel/timestamp.hpp>
