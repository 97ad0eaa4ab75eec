import { describe, expect, it } from "vitest";
import { Answer } from "./answer.ts";

describe("Answer", () => {
  it("is the newest message, in pieces or whole", () => {
    const answer = new Answer();
    expect(answer.text).toBeUndefined();
    answer.add("Hel");
    answer.add("lo");
    expect(answer.text).toBe("Hello");
    answer.set("Bye");
    answer.add("A");
    expect(answer.text).toBe("A");
    answer.close();
    expect(answer.text).toBe("A");
    answer.add("B");
    expect(answer.text).toBe("B");
  });

  it("has every one of very many pieces", () => {
    const answer = new Answer();
    const pieces = Array.from({ length: 2_500 }, (_, index) => `${index} `);
    for (const piece of pieces) answer.add(piece);
    expect(answer.text).toBe(pieces.join(""));
    answer.add("more");
    expect(answer.text).toBe(`${pieces.join("")}more`);
  });

  it("does not grow without end", () => {
    const answer = new Answer();
    const piece = "x".repeat(64 * 1024);
    for (let count = 0; count < 100; count++) answer.add(piece);
    expect(answer.text).toHaveLength(1024 * 1024);
  });
});
