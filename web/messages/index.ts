import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'

const languages = { en: () => import('./en.js'), 'pt-BR': () => import('./pt-br.js') } as const
type Language = keyof typeof languages

export const languageNames: Readonly<Record<Language, string>> = {
  en: 'English',
  'pt-BR': 'Português (Brasil)',
}

export function isLanguage(name: string): name is Language {
  return Object.hasOwn(languages, name)
}

const storageKey = 'crisper.language'

/** The language that was chosen, else the browser's, else English. */
function language(): Language {
  const chosen = localStorage.getItem(storageKey)
  if (chosen !== null && isLanguage(chosen)) return chosen
  const spoken = navigator.languages.find((each) => each.startsWith('pt') || each.startsWith('en'))
  return spoken?.startsWith('pt') ? 'pt-BR' : 'en'
}

export async function startMessages(): Promise<void> {
  const lng = language()
  const { messages } = await languages[lng]()
  document.documentElement.lang = lng
  await i18next.use(initReactI18next).init({
    lng,
    resources: { [lng]: { translation: messages } },
    // React escapes.
    interpolation: { escapeValue: false },
  })
}

export function chooseLanguage(chosen: Language): void {
  localStorage.setItem(storageKey, chosen)
  location.reload()
}
