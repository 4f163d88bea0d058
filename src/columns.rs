//! Columns of values, to Parquet and back.

use std::ops::Range;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int64Type,
};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

/// Rows of a row group.
const GROUP_ROWS: usize = 1 << 20;
/// A column's values.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Text.
    Text(Vec<String>),
    /// Whole numbers.
    Integer(Vec<i64>),
    /// Yes or no.
    Truth(Vec<bool>),
    /// Numbers.
    Double(Vec<f64>),
    /// Numbers of less precision.
    Float(Vec<f32>),
    /// Numbers or null. Optional in every file, so that files of several runs have one schema.
    MaybeDouble(Vec<Option<f64>>),
    /// The same of less precision.
    MaybeFloat(Vec<Option<f32>>),
}

impl Column {
    /// Number of its rows.
    pub fn rows(&self) -> usize {
        match self {
            Self::Text(v) => v.len(),
            Self::Integer(v) => v.len(),
            Self::Truth(v) => v.len(),
            Self::Double(v) => v.len(),
            Self::Float(v) => v.len(),
            Self::MaybeDouble(v) => v.len(),
            Self::MaybeFloat(v) => v.len(),
        }
    }

    /// Its rows in another order; an index beyond its end gives an empty value.
    pub fn permuted(&self, order: &[usize]) -> Self {
        fn pick<T: Clone + Default>(values: &[T], order: &[usize]) -> Vec<T> {
            let at = |i: &usize| values.get(*i).cloned().unwrap_or_default();
            order.iter().map(at).collect()
        }
        match self {
            Self::Text(v) => Self::Text(pick(v, order)),
            Self::Integer(v) => Self::Integer(pick(v, order)),
            Self::Truth(v) => Self::Truth(pick(v, order)),
            Self::Double(v) => Self::Double(pick(v, order)),
            Self::Float(v) => Self::Float(pick(v, order)),
            Self::MaybeDouble(v) => Self::MaybeDouble(pick(v, order)),
            Self::MaybeFloat(v) => Self::MaybeFloat(pick(v, order)),
        }
    }

    /// Adds the rows of another column; whether both hold the same kind of values.
    pub fn append(&mut self, other: Self) -> bool {
        match (self, other) {
            (Self::Text(v), Self::Text(w)) => v.extend(w),
            (Self::Integer(v), Self::Integer(w)) => v.extend(w),
            (Self::Truth(v), Self::Truth(w)) => v.extend(w),
            (Self::Double(v), Self::Double(w)) => v.extend(w),
            (Self::Float(v), Self::Float(w)) => v.extend(w),
            (Self::MaybeDouble(v), Self::MaybeDouble(w)) => v.extend(w),
            (Self::MaybeFloat(v), Self::MaybeFloat(w)) => v.extend(w),
            _ => return false,
        }
        true
    }

    fn schema(&self, name: &str) -> ParquetResult<Type> {
        let (physical, logical) = match self {
            Self::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Self::Integer(_) => (Physical::INT64, None),
            Self::Truth(_) => (Physical::BOOLEAN, None),
            Self::Double(_) | Self::MaybeDouble(_) => (Physical::DOUBLE, None),
            Self::Float(_) | Self::MaybeFloat(_) => (Physical::FLOAT, None),
        };
        let repetition = match self {
            Self::MaybeDouble(_) | Self::MaybeFloat(_) => Repetition::OPTIONAL,
            _ => Repetition::REQUIRED,
        };
        Type::primitive_type_builder(name, physical)
            .with_logical_type(logical)
            .with_repetition(repetition)
            .build()
    }

    /// Writes some of its rows.
    fn write(
        &self,
        slot: &mut SerializedColumnWriter<'_>,
        rows: Range<usize>,
    ) -> ParquetResult<()> {
        match self {
            Self::Text(all) => {
                let part = all.get(rows).unwrap_or_default();
                let values: Vec<ByteArray> = part.iter().map(|v| v.as_str().into()).collect();
                slot.typed::<ByteArrayType>()
                    .write_batch(&values, None, None)?;
            }
            Self::Integer(all) => {
                let part = all.get(rows).unwrap_or_default();
                slot.typed::<Int64Type>().write_batch(part, None, None)?;
            }
            Self::Truth(all) => {
                let part = all.get(rows).unwrap_or_default();
                slot.typed::<BoolType>().write_batch(part, None, None)?;
            }
            Self::Double(all) => {
                let part = all.get(rows).unwrap_or_default();
                slot.typed::<DoubleType>().write_batch(part, None, None)?;
            }
            Self::Float(all) => {
                let part = all.get(rows).unwrap_or_default();
                slot.typed::<FloatType>().write_batch(part, None, None)?;
            }
            Self::MaybeDouble(all) => {
                let (values, levels) = present(all.get(rows).unwrap_or_default());
                slot.typed::<DoubleType>()
                    .write_batch(&values, Some(&levels), None)?;
            }
            Self::MaybeFloat(all) => {
                let (values, levels) = present(all.get(rows).unwrap_or_default());
                slot.typed::<FloatType>()
                    .write_batch(&values, Some(&levels), None)?;
            }
        }
        Ok(())
    }
}

/// The values that are there, and for each row whether it has one.
fn present<T: Copy>(values: &[Option<T>]) -> (Vec<T>, Vec<i16>) {
    let there = values.iter().flatten().copied().collect();
    (
        there,
        values.iter().map(|v| i16::from(v.is_some())).collect(),
    )
}

/// The Parquet file of columns with their names, and of notes on the whole.
///
/// # Errors
/// If columns differ in length.
pub fn write(columns: &[(String, Column)], notes: Vec<KeyValue>) -> ParquetResult<Vec<u8>> {
    let fields: ParquetResult<Vec<_>> = columns
        .iter()
        .map(|(name, column)| column.schema(name).map(Arc::new))
        .collect();
    let schema = Type::group_type_builder("skidpad")
        .with_fields(fields?)
        .build()?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_key_value_metadata(Some(notes))
        .build();
    let mut file = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut file, Arc::new(schema), Arc::new(properties))?;
    let rows = columns.first().map_or(0, |(_, column)| column.rows());
    let mut start = 0;
    while start < rows {
        let range = start..(start + GROUP_ROWS).min(rows);
        let mut group = writer.next_row_group()?;
        let mut next = columns.iter();
        while let (Some(mut slot), Some((_, column))) = (group.next_column()?, next.next()) {
            column.write(&mut slot, range.clone())?;
            slot.close()?;
        }
        group.close()?;
        start = range.end;
    }
    writer.close()?;
    Ok(file)
}

/// The columns of a Parquet file that [`write`] made, all or those with the names given.
///
/// # Errors
/// If it is no such file.
pub fn read<R: ChunkReader + 'static>(
    file: R,
    only: Option<&[&str]>,
) -> ParquetResult<Vec<(String, Column)>> {
    let reader = SerializedFileReader::new(file)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let mut columns: Vec<(String, Column)> = Vec::new();
    for index in 0..reader.num_row_groups() {
        let group = reader.get_row_group(index)?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or_default();
        let mut slot = 0;
        for column in 0..schema.num_columns() {
            let about = schema.column(column);
            if only.is_some_and(|names| !names.contains(&about.name())) {
                continue;
            }
            let optional = about.max_def_level() > 0;
            let values = match (group.get_column_reader(column)?, optional) {
                (ColumnReader::ByteArrayColumnReader(r), false) => {
                    let values = required::<ByteArrayType>(r, rows)?;
                    let texts: ParquetResult<Vec<String>> = values
                        .iter()
                        .map(|v| v.as_utf8().map(str::to_owned))
                        .collect();
                    Column::Text(texts?)
                }
                (ColumnReader::Int64ColumnReader(r), false) => {
                    Column::Integer(required::<Int64Type>(r, rows)?)
                }
                (ColumnReader::BoolColumnReader(r), false) => {
                    Column::Truth(required::<BoolType>(r, rows)?)
                }
                (ColumnReader::DoubleColumnReader(r), false) => {
                    Column::Double(required::<DoubleType>(r, rows)?)
                }
                (ColumnReader::FloatColumnReader(r), false) => {
                    Column::Float(required::<FloatType>(r, rows)?)
                }
                (ColumnReader::DoubleColumnReader(r), true) => {
                    Column::MaybeDouble(maybe::<DoubleType>(r, rows)?)
                }
                (ColumnReader::FloatColumnReader(r), true) => {
                    Column::MaybeFloat(maybe::<FloatType>(r, rows)?)
                }
                _ => {
                    let text = format!("column {} is of a kind that is not written", about.name());
                    return Err(ParquetError::General(text));
                }
            };
            match columns.get_mut(slot) {
                Some((_, known)) => {
                    known.append(values);
                }
                None => columns.push((about.name().to_owned(), values)),
            }
            slot += 1;
        }
    }
    Ok(columns)
}

fn required<T: DataType>(mut reader: ColumnReaderImpl<T>, rows: usize) -> ParquetResult<Vec<T::T>> {
    let mut values = Vec::new();
    let mut left = rows;
    while left > 0 {
        let (read, ..) = reader.read_records(left, None, None, &mut values)?;
        if read == 0 {
            return Err(ParquetError::EOF("a column ends early".into()));
        }
        left -= read;
    }
    Ok(values)
}

fn maybe<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    rows: usize,
) -> ParquetResult<Vec<Option<T::T>>> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    let mut left = rows;
    while left > 0 {
        let (read, ..) = reader.read_records(left, Some(&mut levels), None, &mut values)?;
        if read == 0 {
            return Err(ParquetError::EOF("a column ends early".into()));
        }
        left -= read;
    }
    let mut values = values.into_iter();
    let value = |level: &i16| {
        if *level > 0 { values.next() } else { None }
    };
    Ok(levels.iter().map(value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_back_as_they_were_written() {
        let columns: Vec<(String, Column)> = [
            (
                "t",
                Column::Text(vec!["a".into(), String::new(), "ü".into()]),
            ),
            ("i", Column::Integer(vec![i64::MIN, 0, 7])),
            ("b", Column::Truth(vec![true, false, true])),
            ("d", Column::Double(vec![0.1, -0.0, 1e300])),
            ("f", Column::Float(vec![0.1, 2.0, -3.0])),
            ("m", Column::MaybeDouble(vec![None, Some(2.5), None])),
            ("n", Column::MaybeFloat(vec![Some(1.5), None, Some(0.0)])),
        ]
        .map(|(name, column)| (name.to_owned(), column))
        .into();
        let file = bytes::Bytes::from(write(&columns, Vec::new()).expect("Parquet"));
        assert_eq!(read(file.clone(), None).expect("columns"), columns);
        let some = read(file, Some(&["i", "m"])).expect("columns");
        assert_eq!(some, [columns[1].clone(), columns[5].clone()]);
        let turned = columns[0].1.permuted(&[2, 0]);
        assert_eq!(turned, Column::Text(vec!["ü".into(), "a".into()]));
        assert!(read(bytes::Bytes::from_static(b"no Parquet"), None).is_err());
    }
}
