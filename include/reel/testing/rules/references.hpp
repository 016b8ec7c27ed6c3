#pragma once

#include <vector>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

/// Creates Mars with Phobos and Deimos, Earth with Luna, and records that refer to the moons.
struct Sky {
  explicit Sky(Bench& bench)
      : planets(bench.records<Planet>()),
        moons(bench.records<Moon>()),
        probes(bench.records<Probe>()),
        surveys(bench.records<Survey>()),
        bases(bench.records<Base>()) {
    for (const char* name : {"Mars", "Earth"}) planets.create({.name = name}, with_id<Planet>(name));
    for (const char* name : {"Phobos", "Deimos"})
      moons.create({.name = name, .planet = Id<Planet>{"Mars"}}, with_id<Moon>(name));
    moons.create({.name = "Luna", .planet = Id<Planet>{"Earth"}}, with_id<Moon>("Luna"));
    probes.create({.name = "at Phobos", .moon = Id<Moon>{"Phobos"}});
    probes.create({.name = "at Luna", .moon = Id<Moon>{"Luna"}});
    probes.create({.name = "nowhere"});
    surveys.create({.name = "all", .moons = {Id<Moon>{"Luna"}, Id<Moon>{"Phobos"}, Id<Moon>{"Deimos"}}});
  }

  Records<Planet> planets;
  Records<Moon> moons;
  Records<Probe> probes;
  Records<Survey> surveys;
  Records<Base> bases;
};

inline constexpr Rule reference_rules[] = {
    {"create with a reference to a missing record is invalid, names the attribute and stores nothing",
     [](Bench& bench) {
       const Sky sky(bench);
       const Error error = expect_error(
           Errc::invalid, [&] { return sky.moons.create({.name = "x", .planet = Id<Planet>{"Vulcan"}}); },
           "a moon of no planet");
       expect_equal(error.attribute(), "planet", "the attribute in the error");
       expect_equal(sky.moons.count(), 3, "the number of moons");
     }},
    {"update with a reference to a missing record is invalid and changes nothing",
     [](Bench& bench) {
       const Sky sky(bench);
       const auto luna = sky.moons.get(Id<Moon>{"Luna"});
       expect_error(
           Errc::invalid, [&] { return sky.moons.update(luna.id, Patch<Moon>{}.set<&Moon::planet>(Id<Planet>{"x"})); },
           "an update to no planet");
       expect_error(
           Errc::invalid, [&] { return sky.moons.replace(luna.id, {.name = "y", .planet = Id<Planet>{"x"}}); },
           "a replace to no planet");
       const auto now = sky.moons.get(luna.id);
       expect(now.value.planet == luna.value.planet && now.value.name == "Luna", "the refused update changed the moon");
     }},
    {"an optional reference can be null and can be cleared",
     [](Bench& bench) {
       const Sky sky(bench);
       const auto probe = sky.probes.create({.name = "x", .moon = Id<Moon>{"Luna"}});
       sky.probes.update(probe.id, Patch<Probe>{}.clear<&Probe::moon>());
       expect(!sky.probes.get(probe.id).value.moon, "a cleared reference is not null");
     }},
    {"a list of references is refused if one record is missing",
     [](Bench& bench) {
       const Sky sky(bench);
       expect_error(
           Errc::invalid,
           [&] {
             return sky.surveys.create({.name = "x", .moons = {Id<Moon>{"Luna"}, Id<Moon>{"none"}}});
           },
           "a survey of a missing moon");
       expect_equal(sky.surveys.count(), 1, "the number of surveys");
     }},
    {"references ignore the case of ids, in checks and in queries",
     [](Bench& bench) {
       const Sky sky(bench);
       sky.moons.create({.name = "new", .planet = Id<Planet>{"MARS"}});
       expect_found(sky.moons, field<&Moon::planet> == Id<Planet>{"mars"}, {"Phobos", "Deimos", "new"},
                    "moons of Mars");
       expect_found(sky.surveys, field<&Survey::moons>.contains(Id<Moon>{"PHOBOS"}), {"all"}, "surveys of Phobos");
     }},
    {"cascade removes the records that refer to the removed record, and no others",
     [](Bench& bench) {
       const Sky sky(bench);
       expect(sky.planets.remove(Id<Planet>{"MARS"}), "remove returned false for an existing item");
       expect_equal(names_in(sky.planets), Names{"Earth"}, "the planets");
       expect_equal(names_in(sky.moons), Names{"Luna"}, "the moons");
       expect_equal(names_in(sky.probes), Names{"at Phobos", "at Luna", "nowhere"}, "the probes");
     },
     {Capability::on_remove}},
    {"set_null sets the reference to null and changes no other record",
     [](Bench& bench) {
       const Sky sky(bench);
       const auto before = sky.probes.list().records;
       sky.moons.remove(Id<Moon>{"Phobos"});
       const auto after = sky.probes.list().records;
       expect(!after.at(0).value.moon, "the reference to a removed record is not null");
       expect(after.at(0).updated_at > before.at(0).updated_at, "updated_at stayed although the reference was cleared");
       expect(after.at(1).value.moon == Id<Moon>{"Luna"}, "a reference to another record is lost");
       expect_equal(after.at(1).updated_at, before.at(1).updated_at, "updated_at of a record that is not concerned");
     },
     {Capability::on_remove}},
    {"set_null removes the id from a list and keeps the order of the others",
     [](Bench& bench) {
       const Sky sky(bench);
       sky.moons.remove(Id<Moon>{"Phobos"});
       const auto left = sky.surveys.list().records.at(0).value.moons;
       expect(left == std::vector<Id<Moon>>{Id<Moon>{"Luna"}, Id<Moon>{"Deimos"}}, "the list of references is wrong");
     },
     {Capability::on_remove}},
    {"a cascade applies the on_remove rules of the records that it removes",
     [](Bench& bench) {
       const Sky sky(bench);
       sky.planets.remove(Id<Planet>{"Mars"});
       expect_found(sky.probes, field<&Probe::moon>.is_null(), {"at Phobos", "nowhere"}, "probes at no moon");
       expect(sky.surveys.list().records.at(0).value.moons == std::vector<Id<Moon>>{Id<Moon>{"Luna"}},
              "the list still has moons that are removed");
     },
     {Capability::on_remove}},
    {"restrict makes the removal a conflict and changes nothing",
     [](Bench& bench) {
       const Sky sky(bench);
       sky.bases.create({.name = "x", .moon = Id<Moon>{"Luna"}});
       expect_error(
           Errc::conflict, [&] { return sky.moons.remove(Id<Moon>{"Luna"}); }, "removing a moon with a base");
       expect(sky.moons.exists(Id<Moon>{"Luna"}), "the moon is gone");
       expect_found(sky.probes, field<&Probe::moon> == Id<Moon>{"Luna"}, {"at Luna"}, "probes at Luna");
     },
     {Capability::on_remove}},
    {"restrict allows the removal once no record refers to the removed one",
     [](Bench& bench) {
       const Sky sky(bench);
       const auto base = sky.bases.create({.name = "x", .moon = Id<Moon>{"Luna"}});
       sky.bases.update(base.id, Patch<Base>{}.clear<&Base::moon>());
       expect(sky.moons.remove(Id<Moon>{"Luna"}), "the moon could not be removed");
     },
     {Capability::on_remove}},
    {"restrict below a cascade refuses the whole removal before anything is removed",
     [](Bench& bench) {
       const Sky sky(bench);
       sky.bases.create({.name = "x", .moon = Id<Moon>{"Deimos"}});
       expect_error(
           Errc::conflict, [&] { return sky.planets.remove(Id<Planet>{"Mars"}); }, "removing Mars");
       expect_equal(names_in(sky.planets), Names{"Mars", "Earth"}, "the planets");
       expect_equal(names_in(sky.moons), Names{"Phobos", "Deimos", "Luna"}, "the moons");
       expect_found(sky.probes, field<&Probe::moon> == Id<Moon>{"Phobos"}, {"at Phobos"}, "probes at Phobos");
     },
     {Capability::on_remove}},
    {"a cascade follows references within a collection, including cycles",
     [](Bench& bench) {
       const auto folders = bench.records<Folder>();
       const auto id = [](const char* name) { return Id<Folder>{name}; };
       folders.create({.name = "root"}, with_id<Folder>("root"));
       folders.create({.name = "a", .parent = id("root")}, with_id<Folder>("a"));
       folders.create({.name = "b", .parent = id("a")}, with_id<Folder>("b"));
       folders.create({.name = "other"}, with_id<Folder>("other"));
       folders.update(id("root"), Patch<Folder>{}.set<&Folder::parent>(id("b")));
       folders.remove(id("a"));
       expect_equal(names_in(folders), Names{"other"}, "the folders that are left");
     },
     {Capability::on_remove}},
    {"a record that refers to itself can be removed",
     [](Bench& bench) {
       const auto folders = bench.records<Folder>();
       const auto made = folders.create({.name = "a"});
       folders.update(made.id, Patch<Folder>{}.set<&Folder::parent>(made.id));
       expect(folders.remove(made.id), "it was not removed");
       expect_equal(folders.count(), 0, "the number of folders");
     },
     {Capability::on_remove}},
    {"a stale remove is a conflict and removes nothing of its cascade",
     [](Bench& bench) {
       const Sky sky(bench);
       const auto mars = sky.planets.get(Id<Planet>{"Mars"});
       sky.planets.update(mars.id, Patch<Planet>{}.set<&Planet::name>("Ares"));
       expect_error(
           Errc::conflict, [&] { return sky.planets.remove(mars.id, {mars.updated_at}); }, "a stale remove");
       expect_equal(sky.moons.count(), 3, "the number of moons");
     },
     {Capability::on_remove}},
    {"remove_where applies on_remove to every record that it removes",
     [](Bench& bench) {
       const Sky sky(bench);
       expect_equal(sky.planets.remove_where({}), 2, "the number of removed planets");
       expect_equal(sky.moons.count(), 0, "the number of moons");
       expect_found(sky.probes, field<&Probe::moon>.is_not_null(), {}, "probes at a moon");
     },
     {Capability::on_remove}},
    {"a cascade removes all referring records, also more than fit on a page",
     [](Bench& bench) {
       const auto planets = bench.records<Planet>();
       const auto moons = bench.records<Moon>();
       bench.records<Probe>();
       planets.create({.name = "p"}, with_id<Planet>("p"));
       moons.create_many(std::vector<Moon>(620, Moon{.name = "m", .planet = Id<Planet>{"p"}}));
       planets.remove(Id<Planet>{"p"});
       expect_equal(moons.count(), 0, "the number of moons");
     },
     {Capability::on_remove}},
};

inline constexpr Area references_area{"references", reference_rules, {Capability::records}};

}  // namespace reel::testing::rules
