import { expect, it } from "vitest";
import { Lease } from "../../src/redis/lease.js";
import { ManualClock } from "../../src/testing.js";

function leased() {
  const clock = new ManualClock();
  return { clock, lease: new Lease(clock, 10_000) };
}

it("is certain before anything was sent, and for nine tenths of a lease after a write was sent that arrived", () => {
  const { clock, lease } = leased();
  clock.advance(60_000);
  expect(lease.isCertain).toBe(true);
  const arrived = lease.sending();
  clock.advance(4_000);
  arrived();
  clock.advance(4_999);
  expect(lease.isCertain).toBe(true);
  clock.advance(1);
  expect(lease.isCertain).toBe(false);
});

it("counts the first write also when nothing says that it arrived; later ones only when something does", () => {
  const { clock, lease } = leased();
  lease.sending();
  clock.advance(8_000);
  const arrived = lease.sending();
  clock.advance(2_000);
  expect(lease.isCertain).toBe(false);
  arrived();
  expect(lease.isCertain).toBe(true);
});

it("is not certain when either of the clocks says that too much time has passed: one stands still while the machine sleeps", () => {
  const clock = new ManualClock();
  let slept = 0;
  const lease = new Lease(
    {
      ...clock,
      monotonicMillis: () => clock.monotonicMillis(),
      epochMillis: () => clock.epochMillis() + slept,
      every: () => () => {},
    },
    10_000,
  );
  lease.sending()();
  expect(lease.isCertain).toBe(true);
  slept = 3_600_000;
  expect(lease.isCertain).toBe(false);
  slept = -3_600_000;
  expect(lease.isCertain).toBe(false);
});
