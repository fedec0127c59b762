// The checking handle of strict mode: updates after the end throw at once, where the fast handle only counts them later.

import { Handle } from "./handle.js";
import { refuseEnded } from "./lifecycle.js";

export class StrictHandle extends Handle {
  override increment(n = 1): void {
    if (!refuseEnded(this, "increment")) super.increment(n);
  }
}
