// Whether Redis has been there, and its clock running as ours, for as long as a lease. Only then does it mean something that a
// lease has run out: otherwise nobody could renew it. Of one partition, since each may lie on another server.

/** Between two looks, as a share of the lease: who does not look for longer does not know. */
const LATE = 0.5;
/** By how much its clock and ours may differ between two looks, as a share of the lease. */
const SKEW = 0.25;

export class Steady {
  readonly #leaseMillis: number;
  #since: number | undefined;
  /** At the last look. */
  #local = 0;
  #remote = 0;

  constructor(leaseMillis: number) {
    this.#leaseMillis = leaseMillis;
  }

  /** The clock of Redis at the last look. */
  get remoteMillis(): number {
    return this.#remote;
  }

  /** Redis was asked at `asked`, by a clock of ours that never goes back, answered at `answered`, and its clock showed `remote`. */
  saw(asked: number, answered: number, remote: number): void {
    const [passed, there] = [answered - this.#local, remote - this.#remote];
    const late = answered - asked > this.#leaseMillis * SKEW || passed > this.#leaseMillis * LATE;
    const jumped = Math.abs(passed - there) > this.#leaseMillis * SKEW;
    if (this.#since === undefined || late || jumped) this.#since = answered;
    this.#local = answered;
    this.#remote = remote;
  }

  /** It did not answer. */
  failed(): void {
    this.#since = undefined;
  }

  /** As of the last look. */
  get holds(): boolean {
    return this.#since !== undefined && this.#local - this.#since >= this.#leaseMillis;
  }

  /** Milliseconds of Redis within which a claim must be made: later it may have been away again. */
  get withinMillis(): number {
    return this.#leaseMillis * LATE;
  }
}
