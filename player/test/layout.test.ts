// Where the boxes of whole networks are: each inside its own, and readable in a window.

import { describe, expect, it } from "vitest";
import type { DrawnDevice, DrawnLink, DrawnNamespace, Graph } from "../src/graph";
import { deviceWidth, fitting, layOut, type Box, type Layout } from "../src/layout";

const spans = [{ from: 0, to: 9 }];

/** A network that is written down device by device. */
class Network implements Graph {
  namespaces: DrawnNamespace[] = [];
  devices = new Map<number, DrawnDevice>();
  links: DrawnLink[] = [];
  private count = 0;

  namespace(label: string): DrawnNamespace {
    const made = { node: this.count++, label, isHost: label === "host", spans, devices: [] };
    this.namespaces.push(made);
    return made;
  }

  device(namespace: DrawnNamespace, name: string, kind = "veth"): DrawnDevice {
    const made = { node: this.count++, namespace: namespace.node, name, kind, address: 13, spans };
    namespace.devices.push(made);
    this.devices.set(made.node, made);
    return made;
  }

  link(kind: DrawnLink["kind"], from: DrawnDevice, to: DrawnDevice): void {
    this.links.push({ kind, from: from.node, to: to.node, spans });
  }
}

/** A Docker host: so many networks with so many containers each; the first of each is in the next one, too. */
function docker(networks: number, containers: number): Network {
  const net = new Network(), host = net.namespace("host");
  net.device(host, "docker0", "bridge");
  const bridges = Array.from({ length: networks }, (_, index) => net.device(host, `br-${index}0123456789a`, "bridge"));
  const attach = (container: DrawnNamespace, name: string, bridge: DrawnDevice): void => {
    const port = net.device(host, `veth${net.devices.size}`), own = net.device(container, name);
    net.link("cable", port, own);
    net.link("port", port, bridge);
  };
  bridges.forEach((bridge, network) => {
    for (let index = 0; index < containers; index++) {
      const container = net.namespace(`c${network}-${index}`);
      attach(container, "eth0", bridge);
      if (!index && bridges[network + 1]) attach(container, "eth1", bridges[network + 1]!);
    }
  });
  return net;
}

/** Routers in a row, each with so many hosts at it; `vlans` of them have a device on top of their own. */
function routers(count: number, hosts: number, vlans = 0): Network {
  const net = new Network(), all = Array.from({ length: count }, (_, index) => net.namespace(`r${index}`));
  all.forEach((router, number) => {
    for (let index = 0; index < hosts; index++) {
      const host = net.namespace(`h${number}-${index}`), own = net.device(host, "eth0");
      net.link("cable", net.device(router, `p${index}`), own);
      if (index < vlans) net.link("stacked", net.device(host, "eth0.10", "vlan"), own);
    }
    if (all[number + 1]) net.link("cable", net.device(router, "right"), net.device(all[number + 1]!, "left"));
  });
  return net;
}

const inside = (box: Box, outer: Box): boolean => box.x >= outer.x - 0.01 && box.y >= outer.y - 0.01
  && box.x + box.width <= outer.x + outer.width + 0.01 && box.y + box.height <= outer.y + outer.height + 0.01;
const apart = (a: Box, b: Box): boolean =>
  a.x + a.width <= b.x + 0.01 || b.x + b.width <= a.x + 0.01 || a.y + a.height <= b.y + 0.01 || b.y + b.height <= a.y + 0.01;
const on = ([x, y]: [number, number], box: Box): boolean =>
  x >= box.x - 0.01 && x <= box.x + box.width + 0.01 && y >= box.y - 0.01 && y <= box.y + box.height + 0.01;

function holds(net: Network): Layout {
  const layout = layOut(net), whole = { x: 0, y: 0, width: layout.width, height: layout.height };
  const boxOf = ({ node }: { node: number }): Box => layout.boxes.get(node)!;
  const devices = [...net.devices.values()];
  for (const namespace of net.namespaces) {
    expect(inside(boxOf(namespace), whole)).toBe(true);
    for (const device of namespace.devices)
      expect(inside(boxOf(device), boxOf(namespace))).toBe(true);
    for (const other of net.namespaces)
      if (other !== namespace)
        expect(apart(boxOf(namespace), boxOf(other)) || inside(boxOf(namespace), boxOf(other)) || inside(boxOf(other), boxOf(namespace))).toBe(true);
  }
  devices.forEach((device, index) => {
    for (const other of devices.slice(index + 1)) expect(apart(boxOf(device), boxOf(other))).toBe(true);
  });
  for (const link of net.links) {
    const path = layout.paths.get(link)!;
    expect(on(path[0]!, layout.boxes.get(link.from)!) && on(path[path.length - 1]!, layout.boxes.get(link.to)!)).toBe(true);
  }
  return layout;
}

const scale = ({ width, height }: Layout): number => Math.min(750 / width, 650 / height);

describe("layOut", () => {
  it("keeps boxes apart or in each other, and ends of cables at their devices", () => {
    for (const net of [docker(2, 2), docker(6, 5), docker(1, 30), docker(8, 1), routers(3, 2), routers(12, 6), routers(3, 7, 2), routers(1, 0)]) holds(net);
  });

  it("makes of thirty containers in six networks no strip", () => {
    const layout = holds(docker(6, 5));
    expect(scale(layout)).toBeGreaterThan(0.4);
    expect(layout.width / layout.height).toBeLessThan(2.5);
  });

  it("puts routers that have many hosts in lines", () => {
    expect(scale(holds(routers(12, 6)))).toBeGreaterThan(0.3);
  });

  it("leaves small networks in rows, with no namespace in another one", () => {
    const net = docker(2, 2), layout = layOut(net);
    for (const one of net.namespaces)
      for (const other of net.namespaces)
        if (one !== other) expect(apart(layout.boxes.get(one.node)!, layout.boxes.get(other.node)!)).toBe(true);
  });

  it("has the same result for the same network", () => {
    expect([...layOut(docker(6, 5)).boxes]).toEqual([...layOut(docker(6, 5)).boxes]);
  });
});

describe("addresses", () => {
  it("have room, and very long ones end with an ellipsis", () => {
    const address = "2001:db8:20::ff/64", long = "2001:db8:1111:2222:3333:4444:5555:6666/64";
    const box = (text: string): Box => ({ x: 0, y: 0, height: 40, width: deviceWidth({ name: "eth0", kind: "veth", address: text.length }) });
    expect(fitting(address, box(address))).toBe(address);
    expect(fitting(long, box(long))).toMatch(/^2001:db8:1111:2222:.*…$/);
  });
});
