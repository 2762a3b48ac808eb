// Documents for the parser's benchmarks: seeded, all distinct, nothing in them copied from anywhere.
// `posts` have the shape of a social network's timeline: many short members, long keys, links, text of several scripts,
// identifiers of 18 digits. `coordinates` are outlines as a map has them, every number with all its 15 to 17 digits.
// `series` are readings: integers, times in ms, short decimals, a few exponents.
import { integerWithin, pick, type Random } from '../src/measure/random.ts'

export const documentKinds = ['posts', 'coordinates', 'series'] as const
export type DocumentKind = (typeof documentKinds)[number]

const given = ['Aiko', 'Björn', 'Chidi', 'Dana', 'Емил', 'Farah', '健太', 'Ines', '美咲', 'Noor', 'Olga', '翔']
const phrases: Readonly<Record<string, readonly string[]>> = {
  ja: [
    '今日は雨が強い',
    '電車が遅れています',
    'お昼は蕎麦にした',
    '写真を撮りました',
    '明日また話そう',
    '新しい靴を買った',
  ],
  en: ['the rain came early', 'my train is late again', 'soup for lunch', 'took a few pictures', 'see you tomorrow'],
  pt: ['choveu o dia todo', 'o ônibus não veio', 'almoço com a família', 'até amanhã então'],
}
const languages = ['ja', 'ja', 'ja', 'en', 'en', 'pt'] as const
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const clients = ['Web', 'for Phones', 'for Tablets', 'Scheduler'] as const

/** The document of a kind, as a value for `JSON.stringify`. `serial` makes it unlike any other of the same seed. */
export function makeDocument(random: Random, kind: DocumentKind, serial: number): object {
  switch (kind) {
    case 'posts':
      return {
        posts: [makePost(random, serial), makePost(random, serial + 0.5)],
        metadata: makeMetadata(random, serial),
      }
    case 'coordinates':
      return makeOutline(random, serial)
    case 'series':
      return makeSeries(random, serial)
  }
}

function makeMetadata(random: Random, serial: number): object {
  const id = identifier(random)
  const query = `%23${letters(random, 6)}${serial}`
  return { completed_in: integerWithin(random, 10, 99) / 1000, max_id_str: id, query, count: 2, since_id: 0 }
}

function makePost(random: Random, serial: number): object {
  const id = identifier(random)
  const language = pick(random, languages)
  const author = makeAuthor(random, language)
  const reply = random() < 0.4 ? identifier(random) : null
  const client = pick(random, clients)
  return {
    created_at: instant(random),
    id: Number(id),
    id_str: id,
    text: `${sentences(random, language)} #${serial}`,
    source: `<a href="https://${letters(random, 7)}.example/download/${letters(random, 5)}" rel="nofollow">${client}</a>`,
    truncated: false,
    in_reply_to_status_id_str: reply,
    in_reply_to_screen_name: reply === null ? null : letters(random, 9),
    user: author,
    geo: null,
    coordinates: null,
    place: null,
    contributors: null,
    retweet_count: integerWithin(random, 0, 900),
    favorite_count: integerWithin(random, 0, 90),
    entities: {
      hashtags: [],
      symbols: [],
      urls: Array.from({ length: integerWithin(random, 0, 2) }, () => makeLink(random)),
      user_mentions: Array.from({ length: integerWithin(random, 0, 2) }, () => makeMention(random)),
    },
    favorited: false,
    retweeted: random() < 0.2,
    possibly_sensitive: false,
    lang: language,
  }
}

function makeAuthor(random: Random, language: string): object {
  const id = String(integerWithin(random, 10_000_000, 2_147_483_647))
  const image = `https://img.example/profile_images/${identifier(random)}/${letters(random, 8)}_normal.jpeg`
  return {
    id: Number(id),
    id_str: id,
    name: pick(random, given),
    screen_name: `${letters(random, 8)}_${integerWithin(random, 1, 99)}`,
    location: random() < 0.5 ? '' : sentence(random, language),
    description: sentences(random, language),
    url: null,
    entities: { description: { urls: [] } },
    protected: false,
    followers_count: integerWithin(random, 0, 50_000),
    friends_count: integerWithin(random, 0, 5000),
    listed_count: integerWithin(random, 0, 100),
    created_at: instant(random),
    favourites_count: integerWithin(random, 0, 20_000),
    utc_offset: random() < 0.5 ? null : 32_400,
    time_zone: random() < 0.5 ? null : 'Tokyo',
    geo_enabled: random() < 0.5,
    verified: false,
    statuses_count: integerWithin(random, 1, 200_000),
    lang: language,
    contributors_enabled: false,
    is_translator: false,
    profile_background_color: color(random),
    profile_background_image_url_https: `https://img.example/images/themes/theme${integerWithin(random, 1, 19)}/bg.png`,
    profile_background_tile: false,
    profile_image_url_https: image,
    profile_banner_url: `https://img.example/profile_banners/${id}/${integerWithin(random, 1_400_000_000, 1_500_000_000)}`,
    profile_link_color: color(random),
    profile_sidebar_border_color: color(random),
    profile_text_color: color(random),
    profile_use_background_image: true,
    default_profile: random() < 0.3,
    following: false,
    follow_request_sent: false,
    notifications: false,
  }
}

function makeLink(random: Random): object {
  const url = `https://s.example/${letters(random, 10)}`
  const expanded = `https://${letters(random, 6)}.example/${letters(random, 12)}/${integerWithin(random, 1, 9999)}`
  return { url, expanded_url: expanded, display_url: expanded.slice(8, 30), indices: span(random) }
}

function makeMention(random: Random): object {
  const id = String(integerWithin(random, 10_000_000, 2_147_483_647))
  return {
    screen_name: letters(random, 9),
    name: pick(random, given),
    id: Number(id),
    id_str: id,
    indices: span(random),
  }
}

function makeOutline(random: Random, serial: number): object {
  let [east, north] = [random() * 360 - 180, random() * 170 - 85]
  const ring = Array.from({ length: 120 }, () => {
    east += (random() - 0.5) / 8
    north += (random() - 0.5) / 8
    return [east, north]
  })
  const geometry = { type: 'Polygon', coordinates: [ring] }
  return { type: 'Feature', properties: { name: `outline ${serial}` }, geometry }
}

function makeSeries(random: Random, serial: number): object {
  const start = 1_700_000_000_000 + serial * 60_000
  const length = 120
  return {
    sensor: serial,
    timesMs: Array.from({ length }, (_, index) => start + index * 500 + integerWithin(random, 0, 20)),
    celsius: Array.from({ length }, () => integerWithin(random, -1500, 4500) / 100),
    pascals: Array.from({ length }, () => integerWithin(random, 95_000, 105_000)),
    farads: Array.from({ length: length / 4 }, () => integerWithin(random, 1, 9999) * 1e-13),
    counts: Array.from({ length }, () => integerWithin(random, -99, 99)),
  }
}

function sentences(random: Random, language: string): string {
  const first = `${sentence(random, language)}${random() < 0.3 ? '\n' : ' '}${sentence(random, language)}`
  return random() < 0.4 ? `${first} "${letters(random, 5)}" 🌧️` : `${first} https://s.example/${letters(random, 10)}`
}

function sentence(random: Random, language: string): string {
  return `${pick(random, phrases[language]!)} ${letters(random, 4)}`
}

function instant(random: Random): string {
  const two = (most: number): string => String(integerWithin(random, 0, most)).padStart(2, '0')
  return `Sun ${pick(random, months)} ${two(28)} ${two(23)}:${two(59)}:${two(59)} +0000 2026`
}

function span(random: Random): number[] {
  const from = integerWithin(random, 0, 100)
  return [from, from + integerWithin(random, 4, 23)]
}

function identifier(random: Random): string {
  return `${integerWithin(random, 100_000_000, 999_999_999)}${integerWithin(random, 100_000_000, 999_999_999)}`
}

function color(random: Random): string {
  return integerWithin(random, 0, 0xffffff).toString(16).toUpperCase().padStart(6, '0')
}

function letters(random: Random, count: number): string {
  return Array.from({ length: count }, () => String.fromCharCode(integerWithin(random, 97, 122))).join('')
}
