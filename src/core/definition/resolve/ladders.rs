//! Ladders: rungs, their moments, and which ladder each step climbs.
//!
//! A named anchor in a rung is seen from the steps that use the ladder, as if it stood there; all
//! of them must mean the same step by it.

use indexmap::IndexMap;

use super::{Resolver, usual_ladder};
use crate::core::definition::authored::{LadderPage, RungPage};
use crate::core::definition::dates::RungMoment;
use crate::core::definition::near;
use crate::core::definition::phrase::date::{RungPhrase, parse_rung};
use crate::core::definition::workflow::{Kind, NodeId, Rung, Send, Then};

impl Resolver<'_, '_> {
    pub(super) fn resolve_ladders(&mut self) {
        for id in 0..self.draft.steps.len() {
            let ladder = self.ladder_of(id);
            self.draft.workflow.nodes[id].reminders = ladder;
        }
        let page = self.draft.page;
        if page.ladders.is_empty() {
            let usual = (usual_ladder::NAME.to_owned(), usual_ladder::ladder());
            self.draft.workflow.ladders.extend([usual]);
        }
        for ladder in &page.ladders {
            let users: Vec<NodeId> = (0..self.draft.steps.len())
                .filter(|id| {
                    self.draft.workflow.nodes[*id].reminders.as_ref() == Some(&ladder.name.text)
                })
                .collect();
            let mut rungs = IndexMap::new();
            for rung in &ladder.rungs {
                if let Some(at) = self.moment(ladder, rung, &users) {
                    rungs.insert(rung.name.text.clone(), self.rung(rung, at));
                }
            }
            self.draft
                .workflow
                .ladders
                .insert(ladder.name.text.clone(), rungs);
            self.mark_outcomes(ladder, &users);
        }
    }

    /// Its own, else that of a group around it, else the first of the file, else the usual one.
    fn ladder_of(&mut self, id: NodeId) -> Option<String> {
        let page = self.draft.page;
        let own = self.draft.said(id, |step| step.reminders.as_ref());
        if let Some((_, word)) = own {
            let names: Vec<_> = page
                .ladders
                .iter()
                .map(|ladder| ladder.name.text.as_str())
                .collect();
            if word.text != "none" && !names.contains(&word.text.as_str()) {
                let hint = near::did_you_mean(&word.text, names.iter().copied());
                let message = format!("no ladder `{}`", word.text);
                self.findings.error_hint(29, word.span, message, hint);
            }
        }
        match &self.draft.workflow.nodes[id].kind {
            Kind::Task(_) => {}
            Kind::Wait(wait) if wait.role.is_some() => {}
            _ => return None,
        }
        match own {
            Some((_, word)) => (word.text != "none").then(|| word.text.clone()),
            None => Some(match page.ladders.first() {
                Some(first) => first.name.text.clone(),
                None => usual_ladder::NAME.to_owned(),
            }),
        }
    }

    fn moment(
        &mut self,
        ladder: &LadderPage,
        rung: &RungPage,
        users: &[NodeId],
    ) -> Option<RungMoment> {
        let word = rung.at.as_ref()?;
        let (span, side, name) = match parse_rung(&word.text) {
            Ok(RungPhrase::OnTheDay) => return Some(RungMoment::OnTheDay),
            Ok(RungPhrase::FromDue(span, side)) => return Some(RungMoment::FromDue(span, side)),
            Ok(RungPhrase::From(span, side, name)) => (span, side, name),
            Err(unreadable) => {
                self.report_unreadable(14, word, unreadable);
                return None;
            }
        };
        let mut meant = None;
        for user in users {
            let anchor = self.anchor(*user, word, &name)?;
            if meant.as_ref().is_some_and(|(_, first)| *first != anchor) {
                let nodes = &self.draft.workflow.nodes;
                let first = meant.map_or(*user, |(first, _)| first);
                let message = format!(
                    "`{}` of ladder `{}` is one thing for `{}` and another for `{}`",
                    name.text, ladder.name.text, nodes[first].path, nodes[*user].path
                );
                let hint = Some("Make two ladders.".to_owned());
                let place = word.part(name.range.start, name.range.end);
                self.findings.error_hint(15, place, message, hint);
                return None;
            }
            meant.get_or_insert((*user, anchor));
        }
        // A ladder that nobody climbs needs no anchor.
        meant.map(|(_, anchor)| RungMoment::From(span, side, anchor))
    }

    fn rung(&mut self, rung: &RungPage, at: RungMoment) -> Rung {
        for word in rung.to.iter().chain(&rung.task) {
            self.expect_role(word);
        }
        Rung {
            at,
            send: rung.send.as_ref().map(|word| match word.text.as_str() {
                "digest" => Send::Digest,
                _ => Send::Mail,
            }),
            to: rung.to.iter().map(|word| word.text.clone()).collect(),
            copy: rung.copy.as_ref().map(|word| word.text.clone()),
            task: rung.task.as_ref().map(|word| word.text.clone()),
            then: rung.then.as_ref().map(|word| match word.text.as_str() {
                "stop" => Then::Stop,
                "skip" => Then::Skip,
                outcome => Then::Outcome(outcome.to_owned()),
            }),
            text: rung.text.as_ref().map(|word| word.text.clone()),
        }
    }

    /// An outcome that a rung takes is not offered to people.
    fn mark_outcomes(&mut self, ladder: &LadderPage, users: &[NodeId]) {
        let taken = ladder.rungs.iter().filter_map(|rung| rung.then.as_ref());
        for word in taken {
            for user in users {
                if let Kind::Task(task) = &mut self.draft.workflow.nodes[*user].kind
                    && let Some(outcome) = task.outcomes.get_mut(&word.text)
                {
                    outcome.by_rung = true;
                }
            }
        }
    }
}
