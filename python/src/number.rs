//! Numbers from Python, with errors of their own where they are out of range.

use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::prelude::*;

/// A whole number; those beyond 64 bits are the last ones, which no range has.
#[derive(Clone, Copy)]
pub struct Whole(pub i64);

impl<'py> FromPyObject<'_, 'py> for Whole {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match given.extract::<i64>() {
            Ok(number) => Ok(Self(number)),
            Err(error) if error.is_instance_of::<PyOverflowError>(given.py()) => {
                let is_below = given.lt(0)?;
                Ok(Self(if is_below { i64::MIN } else { i64::MAX }))
            }
            Err(error) => Err(error),
        }
    }
}

impl Whole {
    /// The number, if it is in a range.
    pub fn within(self, what: &str, least: u32, most: u32) -> PyResult<u32> {
        let number = u32::try_from(self.0).ok();
        number
            .filter(|n| (least..=most).contains(n))
            .ok_or_else(|| {
                let found = match self.0 {
                    i64::MIN | i64::MAX => "one beyond 64 bits".to_owned(),
                    number => number.to_string(),
                };
                PyValueError::new_err(format!(
                    "{what}: expected a whole number from {least} to {most}, found {found}"
                ))
            })
    }
}

/// A seed.
#[derive(Clone, Copy)]
pub struct Seed(pub u64);

impl<'py> FromPyObject<'_, 'py> for Seed {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        given.extract::<u64>().map(Self).map_err(|error| {
            if error.is_instance_of::<PyOverflowError>(given.py()) {
                let found = given.str().map(|s| s.to_string()).unwrap_or_default();
                let most = u64::MAX;
                PyValueError::new_err(format!(
                    "seed: expected a whole number from 0 to {most}, found {found}"
                ))
            } else {
                error
            }
        })
    }
}

/// A number that is finite and in a range, its ends included.
pub fn real(what: &str, number: f64, least: f64, most: f64) -> PyResult<f64> {
    if number.is_finite() && (least..=most).contains(&number) {
        return Ok(number);
    }
    let bounds = if least == f64::MIN {
        String::new()
    } else if most == f64::MAX {
        format!(" from {least}")
    } else {
        format!(" from {least} to {most}")
    };
    Err(PyValueError::new_err(format!(
        "{what}: expected a finite number{bounds}, found {number}"
    )))
}
