// Writes src/enrich/world_plan.def out of libphonenumber's metadata, or measures our tables against the library.
// Not part of the build: tools/make-world-plan compiles and runs it when the metadata has moved on.
//
// For every country calling code but China's and every possible length of a national number, a tree over the leading
// digits: a branch ends where all the numbers below it are valid, or none is. The patterns of the metadata are regular
// expressions of digits; they become one automaton a country, which is walked digit by digit, so nothing is sampled.
// Equal subtrees are shared.
#include <phonenumbers/phonemetadata.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

extern "C" {
#include "enrich/plan.h"
}

using i18n::phonenumbers::PhoneMetadata;
using i18n::phonenumbers::PhoneMetadataCollection;
using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberDesc;
using i18n::phonenumbers::PhoneNumberUtil;

/* The metadata as the library carries it; its header is not installed. */
namespace i18n::phonenumbers {
int metadata_size();
const void *metadata_get();
} // namespace i18n::phonenumbers

namespace {

const PhoneNumberUtil *util;
std::mt19937_64 chance(86);

PhoneNumber number_of(int country, const std::string &national)
{
    PhoneNumber n;
    n.set_country_code(country);
    n.set_national_number(std::stoull(national));
    size_t zeros = std::min(national.find_first_not_of('0'), national.size() - 1);
    if (zeros > 0) {
        n.set_italian_leading_zero(true);
        n.set_number_of_leading_zeros(static_cast<int>(zeros));
    }
    return n;
}

std::string with_tail(std::string lead, size_t length)
{
    while (lead.size() < length) lead += static_cast<char>('0' + chance() % 10);
    return lead;
}

bool valid(int country, const std::string &national)
{
    return util->IsValidNumber(number_of(country, national));
}

/* A nondeterministic automaton over digits, built from the few constructs the metadata uses. */
struct automaton {
    struct state {
        unsigned digits = 0; /* bit d: digit d leads to next */
        int next = 0;
        std::vector<int> free; /* reached without a digit */
    };
    std::vector<state> states;

    int add()
    {
        states.emplace_back();
        return static_cast<int>(states.size()) - 1;
    }

    int alternatives(const char *&p, int from)
    {
        int end = add();
        for (;; p++) {
            int at = from;
            while (*p != '\0' && *p != '|' && *p != ')') at = repeated(p, at);
            states[at].free.push_back(end);
            if (*p != '|') return end;
        }
    }

    int repeated(const char *&p, int from)
    {
        const char *piece = p;
        automaton().atom(p, 0, true);
        int least = 1, most = 1;
        if (*p == '?') least = 0, p++;
        else if (*p == '{') {
            least = most = static_cast<int>(strtol(p + 1, const_cast<char **>(&p), 10));
            if (*p == ',') most = static_cast<int>(strtol(p + 1, const_cast<char **>(&p), 10));
            if (*p++ != '}' || most < least) throw std::runtime_error(std::string("pattern: ") + piece);
        }
        int end = add(), at = from;
        for (int i = 0; i < most; i++) {
            if (i >= least) states[at].free.push_back(end);
            const char *again = piece;
            at = atom(again, at, false);
        }
        states[at].free.push_back(end);
        return end;
    }

    /* dry: only to find the end of it. */
    int atom(const char *&p, int from, bool dry)
    {
        unsigned digits = 0;
        if (dry) from = add();
        if (*p == '(') {
            p += p[1] == '?' ? 3 : 1;
            int end = alternatives(p, from);
            if (*p++ != ')') throw std::runtime_error("pattern: no )");
            return end;
        }
        if (*p == '[') {
            for (p++; *p != ']'; p++) {
                if (*p == '\\' && p[1] == 'd') digits = 1023, p++;
                else if (p[1] == '-') {
                    for (int d = *p - '0'; d <= p[2] - '0'; d++) digits |= 1u << d;
                    p += 2;
                } else digits |= 1u << (*p - '0');
            }
            p++;
        } else if (*p == '\\' && p[1] == 'd') digits = 1023, p += 2;
        else if (*p >= '0' && *p <= '9') digits = 1u << (*p++ - '0');
        else throw std::runtime_error(std::string("pattern: ") + p);
        int end = add();
        int middle = add(); /* from may have an edge already */
        states[from].free.push_back(middle);
        states[middle].digits = digits;
        states[middle].next = end;
        return end;
    }

    void close(std::set<int> &set) const
    {
        std::vector<int> todo(set.begin(), set.end());
        while (!todo.empty()) {
            int at = todo.back();
            todo.pop_back();
            for (int to : states[at].free)
                if (set.insert(to).second) todo.push_back(to);
        }
    }

    std::set<int> step(const std::set<int> &from, int digit) const
    {
        std::set<int> to;
        for (int at : from)
            if (states[at].digits >> digit & 1) to.insert(states[at].next);
        close(to);
        return to;
    }
};

/* All patterns of one country for numbers of one length. */
struct language {
    automaton machine;
    std::set<int> start, ends;
    std::map<std::pair<std::set<int>, size_t>, double> shares;

    void add(const PhoneNumberDesc &desc, const PhoneNumberDesc &general, int length)
    {
        const auto &lengths = desc.possible_length_size() > 0 ? desc.possible_length() : general.possible_length();
        if (!desc.has_national_number_pattern() || std::find(lengths.begin(), lengths.end(), length) == lengths.end()) return;
        const char *p = desc.national_number_pattern().c_str();
        int from = machine.add();
        start.insert(from);
        ends.insert(machine.alternatives(p, from));
        if (*p != '\0') throw std::runtime_error("pattern: )");
    }

    /* Share of the numbers with so many digits to come that are valid. */
    double share(const std::set<int> &at, size_t left)
    {
        if (at.empty()) return 0;
        if (left == 0) return std::any_of(at.begin(), at.end(), [&](int s) { return ends.count(s) != 0; });
        auto found = shares.find({ at, left });
        if (found != shares.end()) return found->second;
        double sum = 0;
        for (int d = 0; d < 10; d++) sum += share(machine.step(at, d), left - 1);
        return shares[{ at, left }] = sum / 10;
    }
};

std::vector<std::array<uint16_t, 10>> nodes;
std::map<std::array<uint16_t, 10>, uint16_t> known;

uint16_t branch(language &lang, const std::set<int> &at, size_t left)
{
    double share = lang.share(at, left);
    if (share == 0 || share > 1 - 1e-12) return share != 0;
    std::array<uint16_t, 10> children;
    for (int d = 0; d < 10; d++) children[d] = branch(lang, lang.machine.step(at, d), left - 1);
    if (std::all_of(children.begin(), children.end(), [&](uint16_t c) { return c == children[0] && c < 2; }))
        return children[0];
    auto found = known.find(children);
    if (found != known.end()) return found->second;
    nodes.push_back(children);
    if (nodes.size() + 1 > 65535) throw std::runtime_error("more nodes than 16 bits tell apart");
    return known[children] = static_cast<uint16_t>(nodes.size() + 1);
}

uint16_t tree(const PhoneMetadataCollection &all, int country, size_t length)
{
    language lang;
    for (const PhoneMetadata &m : all.metadata()) {
        if (m.country_code() != country) continue;
        for (const PhoneNumberDesc *desc :
             { &m.fixed_line(), &m.mobile(), &m.toll_free(), &m.premium_rate(), &m.shared_cost(), &m.voip(),
               &m.personal_number(), &m.pager(), &m.uan(), &m.voicemail() })
            lang.add(*desc, m.general_desc(), static_cast<int>(length));
    }
    std::set<int> start = lang.start;
    lang.machine.close(start);
    return branch(lang, start, length);
}

std::vector<int> countries()
{
    std::set<int> codes;
    util->GetSupportedCallingCodes(&codes);
    codes.erase(86);
    return { codes.begin(), codes.end() };
}

void generate()
{
    PhoneMetadataCollection all;
    if (!all.ParseFromArray(i18n::phonenumbers::metadata_get(), i18n::phonenumbers::metadata_size()))
        throw std::runtime_error("the library's metadata does not parse");
    std::string rows, roots;
    size_t root_count = 0;
    for (int country : countries()) {
        std::list<std::string> regions;
        util->GetRegionCodesForCountryCallingCode(country, &regions);
        unsigned lengths = 0;
        size_t first = root_count;
        for (size_t length = 2; length <= 15 - std::to_string(country).size(); length++) {
            uint16_t root = tree(all, country, length);
            if (root == 0) continue;
            lengths |= 1u << length;
            roots += std::to_string(root) + ",";
            if (++root_count % 16 == 0) roots += "\n";
        }
        std::string names;
        for (const auto &r : regions) names += (names.empty() ? "" : " ") + (r == "001" ? std::string() : r);
        rows += "AN_WORLD_COUNTRY(" + std::to_string(country) + ", 0x" ;
        char hex[16];
        snprintf(hex, sizeof hex, "%04x", lengths);
        rows += std::string(hex) + ", " + std::to_string(first) + ", \"" + names + "\")\n";
        fprintf(stderr, "\r+%d: %zu nodes   ", country, nodes.size());
    }
    fprintf(stderr, "\n");
    printf("/* Generated by tools/make-world-plan from libphonenumber " LIBRARY_VERSION " (Apache-2.0); do not edit.\n"
           " * tools/make-world-plan makes it anew, exact to the last digit of the metadata's patterns.\n"
           " * Without China (+86), whose plan is our own.\n"
           " * AN_WORLD_COUNTRY(country code, lengths of national numbers as a bit mask, first of its roots, regions):\n"
           " * one root for each length, shortest first. A root or a node's child is 0 (nothing below is valid),\n"
           " * 1 (everything is) or 2 + the index of a node, whose ten children stand for the next digit. */\n"
           "/* clang-format off */\n#ifdef AN_WORLD_COUNTRY\n%s#endif\n#ifdef AN_WORLD_ROOTS\n%s\n#endif\n#ifdef AN_WORLD_NODES\n",
           rows.c_str(), roots.c_str());
    for (size_t i = 0; i < nodes.size(); i++) {
        printf("{");
        for (int d = 0; d < 10; d++) printf(d == 0 ? "%u" : ",%u", nodes[i][d]);
        printf(i % 3 == 2 ? "},\n" : "},");
    }
    printf("\n#endif\n/* clang-format on */\n");
}

struct tally {
    uint64_t valid = 0, missed = 0, invalid = 0, believed = 0;
    void count(bool truth, bool ours)
    {
        truth ? (valid++, missed += !ours) : (invalid++, believed += ours);
    }
    void print(const char *what) const
    {
        printf("%-44s valid %9" PRIu64 ", of these called bad %7" PRIu64 " (%.4f %%); not valid %9" PRIu64
               ", called good %7" PRIu64 " (%.4f %%)\n", what, valid, missed, 100.0 * missed / std::max<uint64_t>(valid, 1),
               invalid, believed, 100.0 * believed / std::max<uint64_t>(invalid, 1));
    }
};

/* Random digits of every country and possible length; then numbers one digit away from the library's examples. */
void measure(uint64_t rounds)
{
    an_error error;
    an_plan *plan = an_plan_new(&error);
    std::vector<int> codes = countries();
    tally random, near;
    auto ours = [&](int country, const std::string &national) {
        an_number_info info;
        an_plan_lookup(plan, std::stoull(std::to_string(country) + national), &info);
        return info.kind == AN_KIND_FOREIGN;
    };
    for (uint64_t i = 0; i < rounds; i++) {
        int country = codes[chance() % codes.size()];
        std::string national = with_tail("", 4 + chance() % 10);
        if (std::to_string(country).size() + national.size() > 15) continue;
        if (util->IsPossibleNumber(number_of(country, national)))
            random.count(valid(country, national), ours(country, national));
    }
    for (int country : codes) {
        std::list<std::string> regions;
        util->GetRegionCodesForCountryCallingCode(country, &regions);
        for (const auto &region : regions)
            for (int type = 0; type <= PhoneNumberUtil::VOICEMAIL; type++) {
                PhoneNumber example;
                if (!(region == "001" ? util->GetExampleNumberForNonGeoEntity(country, &example)
                                      : util->GetExampleNumberForType(region, static_cast<PhoneNumberUtil::PhoneNumberType>(type), &example)))
                    continue;
                std::string base, national;
                util->GetNationalSignificantNumber(example, &base);
                for (int i = 0; i < 300; i++) {
                    national = base;
                    national[chance() % national.size()] = static_cast<char>('0' + chance() % 10);
                    near.count(valid(country, national), ours(country, national));
                }
            }
    }
    random.print("random digits, possible length:");
    near.print("one digit off the library's examples:");
    an_plan_free(plan);
}

} // namespace

int main(int argc, char **argv)
{
    util = PhoneNumberUtil::GetInstance();
    if (argc > 1 && strcmp(argv[1], "--measure") == 0) measure(argc > 2 ? std::stoull(argv[2]) : 2000000);
    else generate();
    return 0;
}
