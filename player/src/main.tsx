import { mount } from "./mount";
import { embedded } from "./source";

const element = (id: string): HTMLElement => document.getElementById(id)!;

mount(element("app"), embedded(element("timeline")));
