//! The definitions at hand: the shipped ones, those of `--workflows`, and every version in use.
//!
//! A run never reads a file again: the version it follows is kept in the database by its hash and
//! checked once per process.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::core::definition::workflow::Workflow;
use crate::core::definition::{Bundle, Diagnostic, load, load_tested};
use crate::store::{Unit, WorkflowRow};

use super::Error;

/// A definition with the text that is kept of it.
#[derive(Debug)]
pub struct Edition {
    pub workflow: Arc<Workflow>,
    pub bundle: Bundle,
}

/// Checked definitions by name (the newest) and by hash (all that were met).
#[derive(Default)]
pub struct Library {
    newest: BTreeMap<String, Arc<Edition>>,
    met: Mutex<BTreeMap<String, Arc<Workflow>>>,
}

/// A folder of definitions that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadLibrary {
    #[error("{0}")]
    Folder(String),
    /// All problems of all files.
    #[error("a definition has problems")]
    Problems(Vec<Diagnostic>),
}

impl Library {
    /// The shipped definitions, and those of a folder over them.
    pub fn open(folder: Option<&Path>) -> Result<Self, BadLibrary> {
        let tested = shipped()
            .into_iter()
            .map(|bundle| (load_tested(&bundle), bundle));
        let own = folder.map_or(Ok(Vec::new()), read_folder)?;
        Self::made_of(tested.chain(checked(own)))
    }

    pub fn of(bundles: Vec<Bundle>) -> Result<Self, BadLibrary> {
        Self::made_of(checked(bundles))
    }

    fn made_of(loaded: impl Iterator<Item = (Loaded, Bundle)>) -> Result<Self, BadLibrary> {
        let mut library = Self::default();
        let mut problems = Vec::new();
        for (loaded, bundle) in loaded {
            match loaded {
                Ok(workflow) => library.add(workflow, bundle),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() {
            Ok(library)
        } else {
            Err(BadLibrary::Problems(problems))
        }
    }

    fn add(&mut self, workflow: Workflow, bundle: Bundle) {
        let workflow = Arc::new(workflow);
        self.remember(&workflow);
        let older = self.newest.get(&workflow.name);
        if older.is_none_or(|older| older.workflow.version <= workflow.version) {
            let name = workflow.name.clone();
            self.newest
                .insert(name, Arc::new(Edition { workflow, bundle }));
        }
    }

    /// The newest edition of a workflow that can be started.
    pub fn newest(&self, name: &str) -> Option<Arc<Edition>> {
        self.newest.get(name).cloned()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.newest.keys().map(String::as_str)
    }

    fn remember(&self, workflow: &Arc<Workflow>) {
        let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        met.insert(workflow.hash.clone(), workflow.clone());
    }

    pub fn find_met(&self, hash: &str) -> Option<Arc<Workflow>> {
        self.met
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(hash)
            .cloned()
    }

    /// The version that a run follows, from memory or from the database.
    pub async fn in_use(
        &self,
        unit: &mut Unit,
        name: &str,
        version: u32,
        hash: &str,
    ) -> Result<Arc<Workflow>, Error> {
        if let Some(workflow) = self.find_met(hash) {
            return Ok(workflow);
        }
        let row = unit.load_workflow(name, Some(version)).await?;
        self.read_row(row.as_ref(), name, version)
    }

    /// A kept version; damaged or missing text is an error that names it.
    pub fn read_row(
        &self,
        row: Option<&WorkflowRow>,
        name: &str,
        version: u32,
    ) -> Result<Arc<Workflow>, Error> {
        let unreadable = |what: &str| {
            Error::Unreadable(format!("The kept text of {name} version {version} {what}."))
        };
        let row = row.ok_or_else(|| unreadable("is missing from the database"))?;
        let bundle =
            Bundle::from_json(&row.bundle).map_err(|_| unreadable("cannot be read any more"))?;
        let (workflow, _) = load(&bundle).map_err(|_| unreadable("has problems now"))?;
        let workflow = Arc::new(workflow);
        self.remember(&workflow);
        Ok(workflow)
    }

    /// That version of a workflow, kept or at hand: where a run can migrate to.
    pub async fn version(
        &self,
        unit: &mut Unit,
        name: &str,
        version: u32,
    ) -> Result<Option<Arc<Workflow>>, Error> {
        if let Some(edition) = self.newest(name).filter(|e| e.workflow.version == version) {
            return Ok(Some(edition.workflow.clone()));
        }
        match unit.load_workflow(name, Some(version)).await? {
            Some(row) => self.read_row(Some(&row), name, version).map(Some),
            None => Ok(None),
        }
    }
}

type Loaded = Result<Workflow, Vec<Diagnostic>>;

fn checked(bundles: Vec<Bundle>) -> impl Iterator<Item = (Loaded, Bundle)> {
    let bundles = bundles.into_iter();
    bundles.map(|bundle| (load(&bundle).map(|(workflow, _)| workflow), bundle))
}

/// A bundle from `project.yaml` or `cycle.yaml` in a folder, with the files beside it.
pub fn read_bundle(page: &Path) -> Result<Bundle, BadLibrary> {
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| {
            BadLibrary::Folder(format!("{} cannot be read: {error}.", path.display()))
        })
    };
    let text = read(page)?;
    let mut files = BTreeMap::new();
    let folder = page.parent().unwrap_or(Path::new("."));
    for kind in ["forms", "mails", "invites"] {
        let Ok(entries) = std::fs::read_dir(folder.join(kind)) else {
            continue;
        };
        for entry in entries.flatten().filter(|entry| entry.path().is_file()) {
            let name = format!("{kind}/{}", entry.file_name().to_string_lossy());
            files.insert(name, read(&entry.path())?);
        }
    }
    Ok(Bundle {
        path: page.display().to_string(),
        text,
        files,
    })
}

/// Every definition in a folder: itself, or its direct folders.
pub fn read_folder(folder: &Path) -> Result<Vec<Bundle>, BadLibrary> {
    let entries = std::fs::read_dir(folder).map_err(|error| {
        BadLibrary::Folder(format!("{} cannot be read: {error}.", folder.display()))
    })?;
    let mut folders: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    folders.push(folder.to_owned());
    folders.sort();
    let pages = folders
        .iter()
        .flat_map(|folder| ["project.yaml", "cycle.yaml"].map(|name| folder.join(name)));
    pages
        .filter(|page| page.is_file())
        .map(|page| read_bundle(&page))
        .collect()
}

/// The definitions in this program, as `build.rs` found them in `workflows/`.
pub fn shipped() -> Vec<Bundle> {
    SHIPPED
        .iter()
        .map(|(path, text, files)| Bundle {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
            files: files
                .iter()
                .map(|(n, t)| ((*n).to_owned(), (*t).to_owned()))
                .collect(),
        })
        .collect()
}

/// Path, text and the files beside it.
type ShippedBundle = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ships_has_no_problems_and_is_the_same_unchecked() {
        for bundle in shipped() {
            let (checked, warnings) = load(&bundle).unwrap();
            assert_eq!(warnings, [], "{}", bundle.path);
            let tested = load_tested(&bundle).unwrap();
            assert_eq!(tested.hash, checked.hash);
            assert_eq!(
                format!("{:?}", tested.nodes),
                format!("{:?}", checked.nodes)
            );
        }
    }
}
