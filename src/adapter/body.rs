//! Reads a request's body piece by piece, so that one without a declared length cannot fill the memory.

use js_sys::{Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    // Bound by hand: the library's bindings have no reader.
    #[wasm_bindgen(extends = Object)]
    type Stream;
    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn reader(this: &Stream) -> Result<Reader, JsValue>;
    #[wasm_bindgen(extends = Object)]
    type Reader;
    #[wasm_bindgen(method, catch)]
    fn read(this: &Reader) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn cancel(this: &Reader) -> Result<Promise, JsValue>;
}

/// The whole body, or `None` if it has more than `bytes_max` bytes.
///
/// # Errors
/// It cannot be read, or was read before.
pub async fn read(request: &worker::Request, bytes_max: usize) -> worker::Result<Option<Vec<u8>>> {
    let Some(body) = request.inner().body() else { return Ok(Some(Vec::new())) };
    pieces(body.unchecked_ref(), bytes_max).await.map_err(Into::into)
}

async fn pieces(body: &Stream, bytes_max: usize) -> Result<Option<Vec<u8>>, JsValue> {
    let (reader, mut bytes) = (body.reader()?, Vec::new());
    loop {
        let step = JsFuture::from(reader.read()?).await?;
        if Reflect::get(&step, &"done".into())?.is_truthy() {
            return Ok(Some(bytes));
        }
        let piece: Uint8Array = Reflect::get(&step, &"value".into())?.dyn_into()?;
        bytes.extend(piece.to_vec());
        if bytes.len() > bytes_max {
            JsFuture::from(reader.cancel()?).await?;
            return Ok(None);
        }
    }
}
