//! The definitions at hand: the shipped ones, those of `--workflows`, and every version in use.
//!
//! A run never reads a file again: the version it follows is kept in the database by its hash and
//! checked once per process. What ships was checked by the tests, and is read when it is asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

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

/// Definitions by name (the newest) and by hash (all that were met).
#[derive(Default)]
pub struct Library {
    /// Those of this program are read when somebody asks for them.
    shipped: BTreeMap<&'static str, Shipped>,
    /// Those that were given, checked: the newest of each name.
    given: BTreeMap<String, Arc<Edition>>,
    met: Mutex<BTreeMap<String, Arc<Workflow>>>,
}

struct Shipped {
    bundle: &'static ShippedBundle,
    read: OnceLock<Arc<Edition>>,
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
        let shipped = SHIPPED.iter().map(|bundle| {
            let read = OnceLock::new();
            (bundle.name, Shipped { bundle, read })
        });
        let given = folder.map_or(Ok(Vec::new()), read_folder)?;
        Ok(Self {
            shipped: shipped.collect(),
            ..Self::of(given)?
        })
    }

    /// These, and no others.
    pub fn of(bundles: Vec<Bundle>) -> Result<Self, BadLibrary> {
        let mut library = Self::default();
        let mut problems = Vec::new();
        for bundle in bundles {
            match load(&bundle) {
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
        let older = self.given.get(&workflow.name);
        if older.is_none_or(|older| older.workflow.version <= workflow.version) {
            let name = workflow.name.clone();
            self.given
                .insert(name, Arc::new(Edition { workflow, bundle }));
        }
    }

    /// The newest edition of a workflow that can be started.
    pub fn newest(&self, name: &str) -> Option<Arc<Edition>> {
        let shipped = self.shipped.get(name).map(|shipped| self.read(shipped));
        let both = shipped.into_iter().chain(self.given.get(name).cloned());
        both.max_by_key(|edition| edition.workflow.version)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        let given = self.given.keys().map(String::as_str);
        let names: BTreeSet<&str> = self.shipped.keys().copied().chain(given).collect();
        names.into_iter()
    }

    fn read(&self, shipped: &Shipped) -> Arc<Edition> {
        let read = || {
            let bundle = Bundle::from(shipped.bundle);
            let workflow = load_tested(&bundle).expect("a test reads each shipped definition");
            let workflow = Arc::new(workflow);
            self.remember(&workflow);
            Arc::new(Edition { workflow, bundle })
        };
        shipped.read.get_or_init(read).clone()
    }

    fn remember(&self, workflow: &Arc<Workflow>) {
        let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        met.insert(workflow.hash.clone(), workflow.clone());
    }

    pub fn find_met(&self, hash: &str) -> Option<Arc<Workflow>> {
        let find = || {
            let met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
            met.get(hash).cloned()
        };
        find().or_else(|| {
            self.read_shipped();
            find()
        })
    }

    /// All that ships: before a message waits for it, where a process stays.
    pub fn read_shipped(&self) {
        for shipped in self.shipped.values() {
            self.read(shipped);
        }
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
        // Checked when it was kept; a text that was changed since is checked anew.
        let read = if bundle.hash() == row.hash {
            self.read_tested(&bundle)
        } else {
            load(&bundle).ok().map(|read| self.remembered(read))
        };
        read.ok_or_else(|| unreadable("has problems now"))
    }

    /// The workflow of a text in which problems were looked for before; each text is read once.
    pub fn read_tested(&self, bundle: &Bundle) -> Option<Arc<Workflow>> {
        let read = || Some(self.remembered(load_tested(bundle).ok()?));
        self.find_met(&bundle.hash()).or_else(read)
    }

    fn remembered(&self, workflow: Workflow) -> Arc<Workflow> {
        let workflow = Arc::new(workflow);
        self.remember(&workflow);
        workflow
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
    SHIPPED.iter().map(Bundle::from).collect()
}

struct ShippedBundle {
    /// What the page says at `workflow`.
    name: &'static str,
    path: &'static str,
    text: &'static str,
    /// Name and text of each file beside it.
    files: &'static [(&'static str, &'static str)],
}

impl From<&ShippedBundle> for Bundle {
    fn from(shipped: &ShippedBundle) -> Self {
        let files = shipped.files.iter();
        Self {
            path: shipped.path.to_owned(),
            text: shipped.text.to_owned(),
            files: files
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect(),
        }
    }
}

include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::definition::check;

    #[test]
    fn what_ships_has_no_problems_and_is_the_same_unchecked() {
        let names: BTreeSet<&str> = SHIPPED.iter().map(|shipped| shipped.name).collect();
        assert_eq!(names.len(), SHIPPED.len(), "each name ships once");
        for shipped in SHIPPED {
            let bundle = Bundle::from(shipped);
            let checked = load(&bundle).unwrap();
            assert_eq!(check(std::slice::from_ref(&bundle)), [], "{}", bundle.path);
            let tested = load_tested(&bundle).unwrap();
            assert_eq!(
                (tested.name.as_str(), &tested.hash),
                (shipped.name, &checked.hash)
            );
            assert_eq!(
                format!("{:?}", tested.nodes),
                format!("{:?}", checked.nodes)
            );
        }
    }

    #[test]
    fn what_ships_is_found_by_name_and_by_hash_and_gives_way_to_a_newer_edition() {
        let library = Library::open(None).unwrap();
        let shipped = &SHIPPED[0];
        assert!(library.names().any(|name| name == shipped.name));
        let checked = load(&Bundle::from(shipped)).unwrap();
        assert_eq!(library.find_met(&checked.hash).unwrap().name, shipped.name);
        let edition = library.newest(shipped.name).unwrap();
        assert_eq!(edition.workflow.version, checked.version);

        let folder = tempfile::tempdir().unwrap();
        let newer = shipped.text.replacen("version: 1", "version: 2", 1);
        std::fs::write(folder.path().join("project.yaml"), newer).unwrap();
        for (name, text) in shipped.files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let library = Library::open(Some(folder.path())).unwrap();
        assert_eq!(library.newest(shipped.name).unwrap().workflow.version, 2);
        assert_eq!(
            library.names().filter(|name| *name == shipped.name).count(),
            1
        );
    }
}
