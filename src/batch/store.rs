//! Where results go: a folder, or S3-like storage by its URL.

use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use tokio::runtime::Runtime;

use crate::run::RunError;

/// Objects by name. An object is there whole or not at all, whenever the program is killed.
pub struct Store {
    place: String,
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    runtime: Runtime,
}

impl Store {
    /// A folder, which is made, or a URL (`s3://BUCKET/PREFIX`); what S3 needs beside it is read from the
    /// environment (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT`, …).
    ///
    /// # Errors
    /// If it can't be had.
    pub fn open(place: &str) -> Result<Self, RunError> {
        let wrong = |found: String| {
            RunError::Usage(format!(
                "{place}: expected a folder or a URL to write to, found {found}"
            ))
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| RunError::Internal(format!("storage: {e}")))?;
        let (store, prefix): (Arc<dyn ObjectStore>, Path) = if place.contains("://") {
            // There may be one already.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let url = url::Url::parse(place).map_err(|e| wrong(e.to_string()))?;
            let (store, prefix) = object_store::parse_url_opts(&url, std::env::vars())
                .map_err(|e| wrong(e.to_string()))?;
            (Arc::from(store), prefix)
        } else {
            std::fs::create_dir_all(FilePath::new(place)).map_err(|e| wrong(e.to_string()))?;
            let store =
                LocalFileSystem::new_with_prefix(place).map_err(|e| wrong(e.to_string()))?;
            (Arc::new(store), Path::default())
        };
        Ok(Self {
            place: place.to_owned(),
            store,
            prefix,
            runtime,
        })
    }

    /// As it was given.
    pub fn place(&self) -> &str {
        &self.place
    }

    fn path(&self, name: &str) -> Path {
        name.split('/')
            .fold(self.prefix.clone(), |path, part| path.join(part))
    }

    fn fault(&self, name: &str, error: impl ToString) -> RunError {
        RunError::Usage(format!("{}/{name}: {}", self.place, error.to_string()))
    }

    /// Writes an object, in place of one of that name.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), RunError> {
        let path = self.path(name);
        let put = self.store.put(&path, bytes.into());
        let done = self.runtime.block_on(put);
        done.map(|_| ()).map_err(|e| self.fault(name, e))
    }

    /// Writes an object where none of that name is; whether it did.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn create(&self, name: &str, bytes: Vec<u8>) -> Result<bool, RunError> {
        let options = PutOptions::from(PutMode::Create);
        let path = self.path(name);
        let put = self.store.put_opts(&path, bytes.into(), options);
        match self.runtime.block_on(put) {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(self.fault(name, error)),
        }
    }

    /// An object; `None` where there is none of that name.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn get(&self, name: &str) -> Result<Option<Bytes>, RunError> {
        let path = self.path(name);
        let get = async { self.store.get(&path).await?.bytes().await };
        match self.runtime.block_on(get) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.fault(name, error)),
        }
    }

    /// Takes an object away.
    ///
    /// # Errors
    /// If it can't be taken away.
    pub fn delete(&self, name: &str) -> Result<(), RunError> {
        let path = self.path(name);
        let done = self.runtime.block_on(self.store.delete(&path));
        done.map_err(|e| self.fault(name, e))
    }

    /// Names of the objects below a name, sorted.
    ///
    /// # Errors
    /// If they can't be listed.
    pub fn list(&self, below: &str) -> Result<Vec<String>, RunError> {
        use futures_util::TryStreamExt;
        let path = self.path(below);
        let list = self.store.list(Some(&path));
        let found = list.map_ok(|about| about.location).try_collect::<Vec<_>>();
        let found = self
            .runtime
            .block_on(found)
            .map_err(|e| self.fault(below, e))?;
        let mut names: Vec<String> = found
            .iter()
            .filter_map(|path| {
                let parts = path.prefix_match(&self.prefix)?;
                let parts: Vec<_> = parts.map(|p| p.as_ref().to_owned()).collect();
                Some(parts.join("/"))
            })
            .collect();
        names.sort();
        Ok(names)
    }
}
