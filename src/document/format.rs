//! The bytes of Automerge's format: numbers, and what a column says of itself.

use super::LoadError;

/// A column's specification: three bits of type, one that says DEFLATE, the rest is its name.
pub(super) struct Column {
    spec: u64,
    pub(super) len: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Boolean,
    Text,
    Raw,
}

impl Column {
    pub(super) fn is_deflated(&self) -> bool {
        self.spec & 0b1000 != 0
    }

    pub(super) fn kind(&self) -> Kind {
        match self.spec & 0b111 {
            4 => Kind::Boolean,
            5 => Kind::Text,
            7 => Kind::Raw,
            _ => Kind::Number,
        }
    }
}

pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], LoadError> {
        let (first, rest) = self.0.split_at_checked(len).ok_or_else(torn)?;
        self.0 = rest;
        Ok(first)
    }

    pub(super) fn byte(&mut self) -> Result<u8, LoadError> {
        self.take(1)?.first().copied().ok_or_else(torn)
    }

    /// LEB128 without a sign, at most 64 bits.
    pub(super) fn unsigned(&mut self) -> Result<u64, LoadError> {
        let (mut value, mut shift) = (0_u64, 0);
        loop {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift += 7;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            if shift > 63 {
                return Err(LoadError::Unreadable("a number in it is too long".to_owned()));
            }
        }
    }

    /// LEB128 with a sign, at most 64 bits.
    pub(super) fn signed(&mut self) -> Result<i64, LoadError> {
        let (mut value, mut shift) = (0_i64, 0);
        loop {
            let byte = self.byte()?;
            value |= i64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift += 7;
            if byte & 0x80 == 0 {
                let negative = byte & 0x40 != 0 && shift < 64;
                return Ok(if negative { value | (-1_i64).checked_shl(shift).unwrap_or(0) } else { value });
            }
            if shift > 63 {
                return Err(LoadError::Unreadable("a number in it is too long".to_owned()));
            }
        }
    }

    pub(super) fn skip_number(&mut self) -> Result<(), LoadError> {
        self.unsigned().map(|_| ())
    }

    pub(super) fn count(&mut self) -> Result<usize, LoadError> {
        usize::try_from(self.unsigned()?).map_err(|_| torn())
    }

    pub(super) fn columns(&mut self) -> Result<Vec<Column>, LoadError> {
        let count = self.count()?;
        let mut columns = Vec::new();
        for _ in 0..count {
            columns.push(Column { spec: self.unsigned()?, len: self.count()? });
        }
        Ok(columns)
    }
}

pub(super) fn torn() -> LoadError {
    LoadError::Unreadable("it ends too early".to_owned())
}
