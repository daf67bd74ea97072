import type { components } from "./generated/universities.js";

export type StreamLine = components["schemas"]["StreamLine"];

/** The lines of a stream, each as soon as it has come. */
export async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<StreamLine> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const whole = text.split("\n");
    text = whole.pop() ?? "";
    for (const line of whole) yield JSON.parse(line) as StreamLine;
  }
}
