// Requests to the server. Every answer, good or bad, is returned as one result,
// {text, message, digits} or {error: {message}}, or as one for each page of a file.

const NOT_JSON = "The server could not read this: try a smaller picture.";
const NO_ANSWER = "The server does not answer: check the connection and try again.";

const SHOWN = /^image\/(png|jpeg|webp|gif|bmp)$/; // every browser shows these

/** Read a picture file; returns a result for each of its pages, with the picture if a
    browser may not be able to show it. */
export async function readFile(url, file) {
  const body = new FormData();
  body.append("image", file);
  const answer = await ask(SHOWN.test(file.type) ? url : `${url}?picture=1`, { body });
  return answer.results ?? [answer];
}

/** Read a picture that is a data URL. */
export function readDataUrl(url, image) {
  return postJson(url, { image });
}

/** Send any value as JSON; returns the answer, or {error: {message}}. */
export function postJson(url, value) {
  const headers = { "Content-Type": "application/json" };
  return post(url, { headers, body: JSON.stringify(value) });
}

async function post(url, options) {
  const answer = await ask(url, options);
  return answer.results?.[0] ?? answer;
}

async function ask(url, options) {
  let response;
  try {
    response = await fetch(url, { method: "POST", ...options });
  } catch {
    return { error: { message: NO_ANSWER } };
  }
  // A proxy may refuse with a message of its own, which is not JSON.
  return response.json().catch(() => ({ error: { message: NOT_JSON } }));
}
