//! The cells of one row, read one by one; what is wrong with them is noted with row and column.

use super::encoding::{Encoding, garbled_fault, is_garbled};
use super::export::unguard;
use super::problem::{Cell, Fault, Findings};
use super::table::{Record, Table};

pub(super) struct RowReader<'r, 't> {
    pub table: &'r Table<'t>,
    pub record: &'r Record<'t>,
    pub findings: &'r mut Findings,
}

impl<'r> RowReader<'r, '_> {
    pub fn cell(&self, column: usize) -> Cell<'r> {
        let (table, record): (&'r Table<'_>, &'r Record<'_>) = (self.table, self.record);
        let cell = table.cell(record, column);
        Cell {
            text: unguard(cell.text),
            ..cell
        }
    }

    /// Nothing for an empty cell, or one that cannot be read, which is noted.
    pub fn optional<T>(
        &mut self,
        column: usize,
        read: impl Fn(&str) -> Result<Option<T>, Fault>,
    ) -> Option<T> {
        let cell = self.cell(column);
        if self.table.encoding == Encoding::Windows1252 && is_garbled(cell.text) {
            self.findings.cell(cell, garbled_fault());
            return None;
        }
        self.findings.take(cell, read(cell.text)).flatten()
    }

    /// The same; that it is empty is noted too.
    pub fn needed<T>(
        &mut self,
        column: usize,
        read: impl Fn(&str) -> Result<Option<T>, Fault>,
    ) -> Option<T> {
        let before = self.findings.count();
        let value = self.optional(column, read);
        if value.is_none() && self.findings.count() == before {
            let fault = Fault::new("Every row needs this.", "Fill the cell or delete the row.");
            self.findings.cell(self.cell(column), fault);
        }
        value
    }
}
