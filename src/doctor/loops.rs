//! Profiles that lead back to themselves, and profiles that get no region along their sources. Each profile is visited
//! once, however long the way is. Pure.

use std::collections::{HashMap, HashSet};

use super::around::{Around, at, broken};
use super::checks;
use super::finding::Finding;
use crate::base::vars;
use crate::plan;
use crate::profile::{Profile, SectionKind, include_loop, source_loop, words};

/// How many names of a loop are shown.
const MOST_SHOWN: usize = 8;

/// Loops of sources and of included profiles; one finding for each.
pub fn check(around: &Around, all: &[Profile], found: &mut Vec<Finding>) {
    let stored = |name: &str| around.is_stored(name);
    let asked = |profile: &Profile| {
        let words = words::split(around.profiles.process_of(profile, stored)?).ok()?;
        plan::source::asked_profile(around.profiles, around.env, &words)
    };
    let next =
        |profile: &Profile| around.profiles.source_of(profile, stored).map(str::to_owned).or_else(|| asked(profile));
    for way in loops(all, next) {
        let names: Vec<&str> = way.iter().map(|profile| profile.name.as_str()).collect();
        let process = way.iter().rfind(|profile| around.profiles.process_of(profile, stored).is_some());
        if let Some(profile) = process {
            let what = format!("the credential_process waits for itself for ever: {}", shown(&names).join(" → "));
            let fix = "take it out, or put it into a profile of another name";
            found.push(at(profile, "credential_process", checks::PROCESS_LOOP, what).fix(fix));
        } else if let Some(last) = way.last() {
            found.push(broken(&source_loop(last, &shown(&names))));
        }
    }
    let include = |profile: &Profile| {
        let included = profile.has("include_profile");
        let own = included.then(|| around.profiles.section(SectionKind::Profile, &profile.name)).flatten()?;
        own.get("include_profile").map(str::to_owned)
    };
    for way in loops(all, include) {
        if let Some(last) = way.last() {
            let own = around.profiles.section(SectionKind::Profile, &last.name);
            found.push(broken(&include_loop(own.as_ref().unwrap_or(last))));
        }
    }
}

/// The names of a loop, closed, and not all of a long one.
fn shown<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let first = names.first().copied();
    if names.len() <= MOST_SHOWN {
        return names.iter().copied().chain(first).collect();
    }
    names.iter().copied().take(MOST_SHOWN).chain(["…"]).chain(first).collect()
}

/// The loops in what each profile leads to, each once and from its first profile on.
fn loops(all: &[Profile], next: impl Fn(&Profile) -> Option<String>) -> Vec<Vec<&Profile>> {
    let index: HashMap<&str, usize> = all.iter().enumerate().map(|(at, profile)| (profile.name.as_str(), at)).collect();
    // Zero: not visited. Else the number of the walk that came by.
    let mut visited = vec![0; all.len()];
    let mut found = Vec::new();
    for start in 0..all.len() {
        let (walk, mut way, mut at) = (start + 1, Vec::new(), Some(start));
        while let Some(here) = at {
            match visited.get_mut(here) {
                Some(mark) if *mark == 0 => *mark = walk,
                Some(mark) if *mark == walk => {
                    let from = way.iter().position(|other| *other == here).unwrap_or(0);
                    let members = way.get(from..).unwrap_or_default();
                    found.push(members.iter().filter_map(|at| all.get(*at)).collect());
                    break;
                }
                _ => break,
            }
            way.push(here);
            at = all.get(here).and_then(&next).and_then(|name| index.get(name.as_str()).copied());
        }
    }
    found
}

/// The profiles that have no region, and whose sources have none either.
pub fn without_region(around: &Around, all: &[Profile]) -> HashSet<String> {
    let set = |profile: &Profile| profile.get("region").is_some_and(|region| !region.is_empty());
    let said = around.env.first(&[vars::AWS_REGION, vars::AWS_DEFAULT_REGION]).is_some();
    if said || around.profiles.get("default").is_some_and(|default| set(&default)) {
        return HashSet::new();
    }
    let index: HashMap<&str, usize> = all.iter().enumerate().map(|(at, profile)| (profile.name.as_str(), at)).collect();
    let mut has: Vec<Option<bool>> = vec![None; all.len()];
    for start in 0..all.len() {
        let (mut way, mut at) = (Vec::new(), Some(start));
        let mut answer = false;
        while let Some(here) = at {
            let Some(profile) = all.get(here) else { break };
            match has.get_mut(here) {
                Some(known @ None) => {
                    // Until the end of the way is known; a loop ends here.
                    *known = Some(false);
                    way.push(here);
                    if set(profile) {
                        answer = true;
                        break;
                    }
                }
                Some(Some(known)) => {
                    answer = *known;
                    break;
                }
                None => break,
            }
            at = profile.get("source_profile").and_then(|name| index.get(name).copied());
        }
        for here in way {
            if let Some(known) = has.get_mut(here) {
                *known = Some(answer);
            }
        }
    }
    let without = all.iter().zip(&has).filter(|(_, has)| **has == Some(false));
    without.map(|(profile, _)| profile.name.clone()).collect()
}
