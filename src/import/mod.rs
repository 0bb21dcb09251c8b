//! Foreign formats in: the register of schools, people from a spreadsheet, term dates, and the
//! list of bank holidays.
//!
//! Pure like the core: the bytes of a file and the present directory come in, a plan and a report
//! go out. `read_schools` and `read_people` read, `plan_schools` and `plan_people` compare. A file
//! with any problem gives no plan, so an import is all or nothing. No file is opened here, nothing
//! is written, and the clock is not asked.
//!
//! To add a format: a layout of columns for [`table`], a reader like [`gias`], a plan like
//! [`plan`], and a page in `docs/`.

pub mod bank_holidays;
mod cell;
mod contact;
mod day;
pub mod encoding;
pub mod export;
pub mod gias;
pub mod people;
pub mod pick;
pub mod plan;
pub mod problem;
pub mod report;
mod row_reader;
mod rows;
pub mod school;
mod table;
pub mod terms;

pub use bank_holidays::plan_bank_holidays;
pub use gias::{SchoolsFile, read_schools};
pub use people::{PeopleFile, read_people};
pub use pick::Pick;
pub use plan::{PeoplePlan, PersonRecord, PresentPeople, Proposal, SchoolPlan};
pub use plan::{PresentTerms, TermsPlan, plan_terms};
pub use plan::{plan_people, plan_schools};
pub use report::Report;
pub use school::{SchoolField, SchoolRecord};
pub use terms::{TermsFile, read_terms};
