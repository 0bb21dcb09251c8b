//! The columns of the register that are looked for, and how the cells of each are read.
//!
//! Names are those of the releases of 2018 to 2026; a column without "(name)" or "(code)" is how
//! other tools write the same. What is not listed here is passed over, the head's name among it.

use crate::import::school::SchoolField;
use crate::import::table::{Column, Layout};

/// How a cell is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Code(usize),
    Age,
    Count,
    Metres,
    Day,
    Ukprn,
    Telephone,
    Website,
    Postcode,
    Phase,
}

/// The fields by their column's place in `COLUMNS`.
pub const FIELDS: [(SchoolField, Kind); 32] = [
    (SchoolField::LocalAuthorityCode, Kind::Code(3)),
    (SchoolField::LocalAuthority, Kind::Text),
    (SchoolField::EstablishmentNumber, Kind::Code(4)),
    (SchoolField::Type, Kind::Text),
    (SchoolField::TypeGroup, Kind::Text),
    (SchoolField::Status, Kind::Text),
    (SchoolField::OpenDate, Kind::Day),
    (SchoolField::CloseDate, Kind::Day),
    (SchoolField::Phase, Kind::Phase),
    (SchoolField::LowAge, Kind::Age),
    (SchoolField::HighAge, Kind::Age),
    (SchoolField::SixthForm, Kind::Text),
    (SchoolField::Pupils, Kind::Count),
    (SchoolField::FreeSchoolMealsPercent, Kind::Text),
    (SchoolField::TrustCode, Kind::Text),
    (SchoolField::Trust, Kind::Text),
    (SchoolField::FederationCode, Kind::Text),
    (SchoolField::Federation, Kind::Text),
    (SchoolField::Ukprn, Kind::Ukprn),
    (SchoolField::Street, Kind::Text),
    (SchoolField::Locality, Kind::Text),
    (SchoolField::Address3, Kind::Text),
    (SchoolField::Town, Kind::Text),
    (SchoolField::County, Kind::Text),
    (SchoolField::Postcode, Kind::Postcode),
    (SchoolField::Website, Kind::Website),
    (SchoolField::Telephone, Kind::Telephone),
    (SchoolField::Region, Kind::Text),
    (SchoolField::District, Kind::Text),
    (SchoolField::RuralUrban, Kind::Text),
    (SchoolField::Easting, Kind::Metres),
    (SchoolField::Northing, Kind::Metres),
];

const fn column(name: &'static str, also: &'static [&'static str]) -> Column {
    Column {
        name,
        also,
        required: false,
    }
}

const fn required(name: &'static str) -> Column {
    Column {
        name,
        also: &[],
        required: true,
    }
}

/// First the columns of `FIELDS`, in that order; then those that are read in their own way.
const COLUMNS: [Column; 37] = [
    column("LA (code)", &[]),
    column("LA (name)", &["LA"]),
    column("EstablishmentNumber", &[]),
    column("TypeOfEstablishment (name)", &["TypeOfEstablishment"]),
    column("EstablishmentTypeGroup (name)", &["EstablishmentTypeGroup"]),
    column("EstablishmentStatus (name)", &["EstablishmentStatus"]),
    column("OpenDate", &[]),
    column("CloseDate", &[]),
    column("PhaseOfEducation (name)", &["PhaseOfEducation"]),
    column("StatutoryLowAge", &[]),
    column("StatutoryHighAge", &[]),
    column("OfficialSixthForm (name)", &["OfficialSixthForm"]),
    column("NumberOfPupils", &[]),
    column("PercentageFSM", &[]),
    column("Trusts (code)", &[]),
    column("Trusts (name)", &["Trusts"]),
    column("Federations (code)", &[]),
    column("Federations (name)", &["Federations"]),
    column("UKPRN", &[]),
    column("Street", &[]),
    column("Locality", &[]),
    column("Address3", &[]),
    column("Town", &[]),
    column("County (name)", &["County"]),
    column("Postcode", &[]),
    column("SchoolWebsite", &[]),
    column("TelephoneNum", &[]),
    column("GOR (name)", &["GOR"]),
    column("DistrictAdministrative (name)", &["DistrictAdministrative"]),
    column("UrbanRural (name)", &["UrbanRural"]),
    column("Easting", &[]),
    column("Northing", &[]),
    required("URN"),
    required("EstablishmentName"),
    column("PhaseOfEducation (code)", &[]),
    column("EstablishmentStatus (code)", &[]),
    column("LAESTAB", &[]),
];

pub const LA_CODE: usize = 0;
pub const LA_NAME: usize = 1;
pub const STATUS: usize = 5;
pub const CLOSE_DATE: usize = 7;
pub const PHASE: usize = 8;
pub const TRUST_CODE: usize = 14;
pub const TRUST_NAME: usize = 15;
pub const URN: usize = 32;
pub const NAME: usize = 33;
pub const PHASE_CODE: usize = 34;
pub const STATUS_CODE: usize = 35;
pub const LAESTAB: usize = 36;

pub const WAY_OUT: &str = "Use the file \"Establishment fields\" from the downloads page of \"Get \
    information about schools\" as it is.";

pub const LAYOUT: Layout = Layout {
    columns: &COLUMNS,
    way_out: WAY_OUT,
    short_rows: false,
    note_unknown: false,
};
