/** A question to the assistant of the demo, and what became of it. */
export interface Turn {
  readonly question: string;
  readonly answer: string;
  /** What was looked up for the answer. */
  readonly document: { readonly uri: string; readonly text: string };
  /** A tool that was called, with what it was asked and what it said. */
  readonly tool?: { readonly name: string; readonly input: object; readonly output: object };
  /** Why there is no answer. */
  readonly error?: string;
  /** What the passenger said of the answer. */
  readonly helpful?: boolean;
  /** What a judge made of it, from 1 to 5, and why. */
  readonly judged?: { readonly score: number; readonly rationale: string };
  /** What the answer should have said. */
  readonly expected?: string;
}

export interface Conversation {
  readonly session: string;
  readonly user: string;
  readonly turns: readonly Turn[];
}

const BAGGAGE = {
  uri: 'handbook/baggage.md',
  text: 'A cabin bag may weigh 8 kg and measure 55 x 40 x 23 cm. A checked bag may weigh 23 kg.',
};
const DELAYS = {
  uri: 'handbook/delays.md',
  text: 'Who arrives three hours late or more may claim a compensation within two years.',
};
const CHANGES = {
  uri: 'handbook/changes.md',
  text: 'A flight may be moved to another day until two hours before it leaves; the fares may differ.',
};

const status = (flight: string, minutes: number) => ({
  name: 'flight_status',
  input: { flight },
  output: { flight, delay_minutes: minutes },
});

/** Talks of passengers with an airline's assistant. */
export const CONVERSATIONS: readonly Conversation[] = [
  {
    session: 'demo-late-arrival',
    user: 'amara',
    turns: [
      {
        question: 'Is SW 118 on time?',
        answer: 'SW 118 is expected to leave 195 minutes late.',
        document: DELAYS,
        tool: status('SW 118', 195),
        helpful: true,
        judged: { score: 5, rationale: 'Says just what the status service said.' },
      },
      {
        question: 'What do I get for such a delay?',
        answer: 'You may claim a compensation if you arrive three hours late or more.',
        document: DELAYS,
        helpful: true,
        judged: { score: 4, rationale: 'True to the handbook, but leaves out the two years.' },
        expected: 'A compensation may be claimed within two years.',
      },
      {
        question: 'How much is it in my case?',
        answer: 'It is 600 dollars.',
        document: DELAYS,
        helpful: false,
        judged: { score: 1, rationale: 'The handbook names no sum: this one is made up.' },
        expected: 'The handbook does not say; the service desk will.',
      },
    ],
  },
  {
    session: 'demo-baggage',
    user: 'bo',
    turns: [
      {
        question: 'How heavy may my cabin bag be?',
        answer: 'It may weigh 8 kg.',
        document: BAGGAGE,
        helpful: true,
        judged: { score: 5, rationale: 'Short and right.' },
        expected: '8 kg',
      },
      {
        question: 'And a violin case of 80 cm?',
        answer: 'That is longer than the 55 cm of a cabin bag; please ask the service desk.',
        document: BAGGAGE,
        judged: { score: 4, rationale: 'Careful where the handbook is silent.' },
      },
    ],
  },
  {
    session: 'demo-rebooking',
    user: 'chen',
    turns: [
      {
        question: 'Can I fly tomorrow in place of today?',
        answer: 'Yes, until two hours before it leaves; the fares may differ.',
        document: CHANGES,
        helpful: true,
        judged: { score: 5, rationale: 'All that the handbook asks for is there.' },
      },
      {
        question: 'Then move me to SW 240.',
        answer: '',
        document: CHANGES,
        tool: { name: 'rebook', input: { flight: 'SW 240' }, output: { seats: 0 } },
        error: 'No seat is left on SW 240',
        helpful: false,
      },
      {
        question: 'Which flights have seats?',
        answer: 'SW 244 at 17:10 has some.',
        document: CHANGES,
        tool: { name: 'find_seats', input: { day: 'tomorrow' }, output: { flights: ['SW 244'] } },
        judged: { score: 4, rationale: 'One flight of what may be several.' },
      },
    ],
  },
];
