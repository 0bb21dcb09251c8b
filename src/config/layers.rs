//! One setting from the first of flag, environment and file that gives it.
//!
//! Problems are gathered while the settings are asked for; [`Layers::finish`] gives the
//! configuration only if there were none.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::exposed;
use super::file::{File, Found};
use super::problem::{Problem, Problems};
use super::settings::{self, Setting};
use super::sources::{self, Source};
use crate::core::definition::near::nearest;

/// What was given on the command line, by flag: `--listen`.
pub type Flags = BTreeMap<&'static str, String>;
/// The variables that begin with `ALONGSIDE_`.
pub type Environment = BTreeMap<String, String>;

/// The variables of this process that may be meant for us.
pub fn environment() -> Environment {
    let ours = std::env::vars_os().filter_map(|(name, value)| {
        let name = name
            .into_string()
            .ok()
            .filter(|name| name.starts_with("ALONGSIDE_"))?;
        Some((name, value.to_string_lossy().into_owned()))
    });
    ours.collect()
}

/// The text of a setting and where it was given.
pub struct Given {
    pub text: String,
    place: String,
    /// Where relative paths begin; empty for the current folder.
    folder: PathBuf,
}

impl Given {
    pub fn beside(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }
}

pub struct Layers<'a> {
    flags: &'a Flags,
    environment: &'a Environment,
    file: File,
    problems: Vec<Problem>,
}

impl<'a> Layers<'a> {
    pub fn new(flags: &'a Flags, environment: &'a Environment) -> Self {
        let problems = misspelt(environment);
        Self {
            flags,
            environment,
            file: File::default(),
            problems,
        }
    }

    pub fn add_file(&mut self, file: Result<File, Problem>) {
        match file {
            Ok(file) => {
                self.problems.extend(file.parse().1);
                self.file = file;
            }
            Err(problem) => self.problems.push(problem),
        }
    }

    /// What the setting says, as `understand` reads it; nothing if it is not given or wrong.
    pub fn value<T>(
        &mut self,
        setting: &Setting,
        understand: impl Fn(&Given) -> Result<T, String>,
    ) -> Option<T> {
        let understood = self.given(setting).and_then(|given| {
            let Some(given) = given else { return Ok(None) };
            understand(&given).map(Some).map_err(|message| Problem {
                place: given.place,
                message,
            })
        });
        understood.unwrap_or_else(|problem| {
            self.problems.push(problem);
            None
        })
    }

    pub fn folder(&mut self, setting: &Setting) -> Option<PathBuf> {
        self.value(setting, |given| Ok(given.beside(&given.text)))
    }

    /// What two settings together cannot be.
    pub fn refuse(&mut self, place: &str, message: &str) {
        self.problems.push(Problem {
            place: place.to_owned(),
            message: message.to_owned(),
        });
    }

    pub fn sources(&mut self) -> Vec<Source> {
        let (tree, _) = self.file.parse();
        let (found, problems) = sources::read(&self.file, &tree);
        self.problems.extend(problems);
        found
    }

    pub fn finish<T>(self, made: T) -> Result<T, Problems> {
        if self.problems.is_empty() {
            Ok(made)
        } else {
            Err(Problems(self.problems))
        }
    }

    fn given(&self, setting: &Setting) -> Result<Option<Given>, Problem> {
        let given = match self.outside_the_file(setting)? {
            Some(given) => Some(given),
            None => self.in_the_file(setting)?,
        };
        match given {
            Some(given) if given.text.trim().is_empty() => {
                let message = "is empty: give it a value or take it out".to_owned();
                Err(Problem {
                    place: given.place,
                    message,
                })
            }
            given => Ok(given),
        }
    }

    fn outside_the_file(&self, setting: &Setting) -> Result<Option<Given>, Problem> {
        let given = |text: &String, place: &str| Given {
            text: text.clone(),
            place: place.to_owned(),
            folder: PathBuf::new(),
        };
        if let Some(text) = self.flags.get(setting.flag) {
            if setting.secret && exposed::holds_a_password(text) {
                return Err(exposed::password_in_a_flag(setting));
            }
            return Ok(Some(given(text, setting.flag)));
        }
        let plain = self.environment.get(setting.variable);
        let plain = plain.map(|text| given(text, setting.variable));
        let by_file = setting
            .file_variable()
            .and_then(|variable| Some(given(self.environment.get(&variable)?, &variable)));
        one_of(plain, by_file)
    }

    fn in_the_file(&self, setting: &Setting) -> Result<Option<Given>, Problem> {
        let (tree, _) = self.file.parse();
        let find = |key: &str| {
            let found = self.file.find(&tree, setting, key)?;
            Ok(found.map(|Found { text, place }| Given {
                text,
                place,
                folder: self.file.folder().to_owned(),
            }))
        };
        let plain = setting.plain_key().map_or(Ok(None), find)?;
        let by_file = setting.file_key().map_or(Ok(None), |key| find(&key))?;
        one_of(plain, by_file)
    }
}

/// The text itself, or what stands in the file that is named; both would be a riddle.
fn one_of(plain: Option<Given>, by_file: Option<Given>) -> Result<Option<Given>, Problem> {
    match (plain, by_file) {
        (Some(plain), Some(by_file)) => {
            let message = format!("is given beside {}: keep one of the two", by_file.place);
            Err(Problem {
                place: plain.place,
                message,
            })
        }
        (None, Some(named)) => read_secret(named).map(Some),
        (plain, None) => Ok(plain),
    }
}

fn read_secret(named: Given) -> Result<Given, Problem> {
    let path = named.beside(&named.text);
    if exposed::is_open_to_all(&path) {
        let message = format!(
            "{} can be read by everybody on this machine: `chmod o-r` it, and change the secret if \
             others use the machine",
            shown(&path)
        );
        return Err(Problem {
            place: named.place,
            message,
        });
    }
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Given {
            text: text.trim().to_owned(),
            ..named
        }),
        Err(error) => {
            let message = format!("{} cannot be read: {error}", shown(&path));
            Err(Problem {
                place: named.place,
                message,
            })
        }
    }
}

fn shown(path: &Path) -> String {
    format!("the file `{}`", path.display())
}

/// A slip of the finger in a variable would else be no setting at all. Others that begin like ours
/// are left alone: Kubernetes makes some for a service that has our name.
fn misspelt(environment: &Environment) -> Vec<Problem> {
    let known: Vec<String> = settings::variables().collect();
    let strange = environment.keys().filter(|name| !known.contains(name));
    let problems = strange.filter_map(|name| {
        let meant = nearest(name, known.iter().map(String::as_str))?;
        let message = format!("is unknown; did you mean `{meant}`?");
        Some(Problem {
            place: name.clone(),
            message,
        })
    });
    problems.collect()
}
