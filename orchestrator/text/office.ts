import { sheetsText } from './sheet.ts';
import { OFFICE, OPEN, wordsIn } from './words.ts';
import { Zip } from './zip.ts';

/** The text of an office file, at most `longest` characters. Throws with words for a person. */
export function officeText(file: string, longest: number): string {
  using zip = new Zip(file);
  const extension = /\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase();
  switch (extension) {
    case 'docx': {
      const notes = ['word/footnotes.xml', 'word/endnotes.xml', 'word/comments.xml'];
      const words = ['word/document.xml', ...notes].map(name => wordsIn(zip.text(name), OFFICE, longest));
      return words
        .filter(text => text !== '')
        .join('\n\n')
        .slice(0, longest);
    }
    case 'xlsx':
      return sheetsText(zip, longest);
    case 'pptx':
      return slidesText(zip, longest);
    default:
      return wordsIn(zip.text('content.xml'), OPEN, longest);
  }
}

function slidesText(zip: Zip, longest: number): string {
  const numbers = zip.names
    .flatMap(name => /^ppt\/slides\/slide(\d{1,5})\.xml$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const parts: string[] = [];
  let left = longest;
  for (const number of numbers) {
    if (left <= 0) break;
    const words = wordsIn(zip.text(`ppt/slides/slide${number}.xml`), OFFICE, left);
    const notes = wordsIn(zip.text(`ppt/notesSlides/notesSlide${number}.xml`), OFFICE, left);
    const slide = `# Slide ${number}\n${words}${notes === '' ? '' : `\n\nNotes: ${notes}`}`;
    parts.push(slide);
    left -= slide.length;
  }
  return parts.join('\n\n').slice(0, longest);
}
