// Icons as paths, because not every machine has a font with them.

const PATHS = {
  play: "M6 4l13 8-13 8z",
  pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  step: "M8 5l8 7-8 7zM17 5h2v14h-2z",
  back: "M16 5l-8 7 8 7zM5 5h2v14H5z",
  next: "M4 5l7 7-7 7zM11 5l7 7-7 7zM19 5h2v14h-2z",
  previous: "M20 5l-7 7 7 7zM13 5l-7 7 7 7zM3 5h2v14H3z",
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d={PATHS[name]} /></svg>;
}
