import { HostError } from '../ssh/error.ts';
import type { Link } from './link.ts';
import type { Lack, OnSent, Shipment, Shipped } from './shipment.ts';

/** Who is told what happens while a release is sent. */
export interface ShipHandlers {
  /** What will be sent; may refuse it by throwing. Called again after a cut, with what is left. */
  onLack?: (lack: Lack) => void;
  /** After each chunk. */
  onSent?: OnSent;
  /** News of the connection, for the log. */
  onNotice?: (message: string) => void;
}

/**
 * Sends what the host lacks of a release, over a new connection when one is cut. Whether the host took it shows in what is asked next.
 * @returns nothing where the host lacks nothing.
 * @throws HostError when the connection is lost, and what is lacking gets no less by that, or is not told for a lease.
 */
export async function ship(
  link: Link,
  shipment: Shipment,
  { onLack, onSent, onNotice }: ShipHandlers,
): Promise<Shipped | undefined> {
  let wire = await link.live();
  let before = Number.POSITIVE_INFINITY;
  let until: number | undefined;
  for (;;) {
    const told: number[] = [];
    try {
      const heard = (lack: Lack) => {
        told.push(lack.objects.length);
        onLack?.(lack);
      };
      return await link.ship(wire, shipment, heard, onSent);
    } catch (failure) {
      const isCut = failure instanceof HostError && failure.fleeting && wire.failure !== undefined;
      if (!isCut) throw failure;
      const [lacked] = told;
      if (lacked === undefined) {
        // Cut before the host had told it: that says nothing of how it goes on.
        until ??= performance.now() + link.times.leaseMs;
        if (performance.now() > until) throw failure;
      } else {
        if (lacked >= before) throw failure;
        [before, until] = [lacked, undefined];
      }
      onNotice?.(`${link.label}: ${failure.what} Connecting again; what arrived is not sent again.`);
      wire = await link.comeBack(performance.now() + link.times.leaseMs);
    }
  }
}
