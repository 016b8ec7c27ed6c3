#pragma once

/// @file
/// Everything to define records and blobs, store them and query them: schemas, `Repository`, `Query`, `BlobStore`,
/// `Error`. Not included here: the backends (`reel/backends/memory.hpp`, …), migration (`reel/migrate.hpp`,
/// `reel/verify.hpp`), stores chosen at run time (`reel/any_store.hpp`), and JSON (`reel/json.hpp`).
///
/// The layers. Each one uses only those below it.
///
///     program      Track, Schema<Track>, Query<Track>
///        |
///        |         typed: T, Id<T>, Patch<T>, Query<T>
///        v
///     core         Repository<T, B>, BlobStore<B>, migrate, verify           reel/*.hpp
///        |         conversion, validation, defaults, ids, references,
///        |         paging, retries after conflicts, context of errors
///        |
///        |         untyped: CollectionSchema, Document, Change, QueryTree
///        v
///     driver       RecordBackend, BlobBackend, optional abilities            reel/driver/*.hpp
///        |         the interface of a backend, and the rules of a write
///        |         that all backends share
///        |
///        +-- AnyStore, Layer<B>      a backend over another backend
///        |
///        +-- local                   LocalStore<Medium>: table, indexes,     reel/local/*.hpp
///        |    |                      planner, transactions
///        |    +-- Memory             documents in the process                reel/backends/*.hpp
///        |    +-- Filesystem         a folder: journal, snapshots, blobs
///        |    +-- Legacy             the file tree of an existing pipeline
///        |
///        +-- Appwrite                a server over HTTP
///
/// A backend is not a template over `T`: below the driver interface, a record is a `Document` and its type a
/// `CollectionSchema`. `reel/driver/backend.hpp` specifies that interface, `docs/writing-a-backend.md` explains it.

#include <reel/blob_store.hpp>
#include <reel/error.hpp>
#include <reel/id.hpp>
#include <reel/patch.hpp>
#include <reel/permission.hpp>
#include <reel/query.hpp>
#include <reel/repository.hpp>
#include <reel/schema.hpp>
#include <reel/text/text_rules.hpp>
#include <reel/timestamp.hpp>
