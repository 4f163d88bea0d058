//! Something large that lies in memory or in a file.

use std::sync::{Arc, Mutex, PoisonError, Weak};

type Load<T> = Box<dyn Fn() -> Option<T> + Send + Sync>;

/// A value that may have to be read first.
pub struct Lazy<T>(Place<T>);

enum Place<T> {
    Here(Mutex<Option<Arc<T>>>),
    Stored { load: Load<T>, last: Mutex<Weak<T>> },
}

impl<T> std::fmt::Debug for Lazy<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Place::Here(_) => "here",
            Place::Stored { .. } => "stored",
        })
    }
}

impl<T> Lazy<T> {
    /// In memory, until it is forgotten.
    pub fn here(value: T) -> Self {
        Self(Place::Here(Mutex::new(Some(Arc::new(value)))))
    }

    /// Gives up what lies in memory alone.
    pub fn forget(&self) {
        if let Place::Here(value) = &self.0 {
            *value.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    /// Read when it is asked for, and kept while somebody holds it.
    pub fn stored(load: impl Fn() -> Option<T> + Send + Sync + 'static) -> Self {
        Self(Place::Stored {
            load: Box::new(load),
            last: Mutex::new(Weak::new()),
        })
    }

    /// The value; nothing where it is forgotten or can't be read any more.
    pub fn get(&self) -> Option<Arc<T>> {
        match &self.0 {
            Place::Here(value) => value.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Place::Stored { load, last } => {
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(value) = last.upgrade() {
                    return Some(value);
                }
                let value = Arc::new(load()?);
                *last = Arc::downgrade(&value);
                Some(value)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn what_is_stored_is_read_once_while_it_is_held() {
        let reads = Arc::new(AtomicU32::new(0));
        let count = reads.clone();
        let lazy = Lazy::stored(move || Some(count.fetch_add(1, Ordering::Relaxed)));
        let (a, b) = (lazy.get(), lazy.get());
        assert_eq!((a.as_deref(), b.as_deref()), (Some(&0), Some(&0)));
        drop((a, b));
        assert_eq!(lazy.get().as_deref(), Some(&1));
        assert_eq!(reads.load(Ordering::Relaxed), 2);
    }
}
