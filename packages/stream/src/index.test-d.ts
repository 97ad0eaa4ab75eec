import type { ExitEvent, OutputEvent } from "@aod/core";
import { describe, expectTypeOf, it } from "vitest";
import { decodeEvents } from "./index.ts";
import type { ByteStream, EventResponse, StreamEvent, UnknownEvent, EventStream } from "./index.ts";

describe("StreamEvent", () => {
  it("is narrowed by its type and keeps extra fields readable", () => {
    const check = (event: StreamEvent) => {
      if (event.type === "output") {
        expectTypeOf(event).toEqualTypeOf<OutputEvent>();
        expectTypeOf(event.data).toBeString();
      }
      if (event.type === "exit") expectTypeOf(event).toEqualTypeOf<ExitEvent>();
      if (event.type === "unknown") {
        expectTypeOf(event).toEqualTypeOf<UnknownEvent>();
        expectTypeOf(event.rawType).toEqualTypeOf<string | null>();
      }
      expectTypeOf(event["from_a_newer_server"]).toBeUnknown();
    };
    expectTypeOf(check).toBeFunction();
  });
});

describe("EventStream", () => {
  it("takes what fetch returns", () => {
    expectTypeOf<Response>().toExtend<EventResponse>();
    expectTypeOf<ReadableStream<Uint8Array>>().toExtend<ByteStream>();
    expectTypeOf(decodeEvents).parameter(0).toEqualTypeOf<ByteStream>();
    expectTypeOf<EventStream>().toExtend<AsyncIterable<StreamEvent>>();
    expectTypeOf<EventStream>().toExtend<AsyncDisposable>();
  });
});
